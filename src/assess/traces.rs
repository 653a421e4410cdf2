//! What files that are no manifests say about logs: loggers in programs, configurations of shippers, servers and detections; and what
//! programs say about their callers and connections.
//!
//! They are not parsed; a few words of each language are searched for, so that what is found is believed less than what a parser
//! found. Comments do not count.

mod detections;
mod programs;
mod shippers;

use std::sync::LazyLock;

use super::fact::Fact;
use super::status::Strength;
use super::words::{Held, Words};

pub(super) use detections::{is_signal, rules};
pub(super) use shippers::ships;

/// A log, a sink, a detection in a text, or what a program says.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Trace {
    pub fact: Fact,
    /// 1-based.
    pub line: u32,
    /// In words; never a value.
    pub detail: String,
    pub strength: Strength,
}

/// What one text says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextTraces {
    /// As reports name it.
    pub path: String,
    pub found: Vec<Trace>,
}

/// The longest text that is searched.
const MAX_LEN: usize = 1 << 20;

/// Extensions of programs' sources, with what loggers are called in them.
const LOGGERS: [(&[&str], &[&str]); 9] = [
    (
        &["go"],
        &[
            "\"log/slog\"",
            "\"go.uber.org/zap\"",
            "\"github.com/sirupsen/logrus\"",
            "\"github.com/rs/zerolog",
            "\"github.com/hashicorp/go-hclog\"",
            "\"k8s.io/klog",
            "\"github.com/go-logr/",
            "\"github.com/go-kit/log\"",
        ],
    ),
    (
        &["py"],
        &[
            "logging.getLogger(",
            "logging.basicConfig(",
            "logging.config.",
            "LOGGING =",
            "LOGGING=",
            "import structlog",
            "from loguru",
            "from structlog",
            "pythonjsonlogger",
        ],
    ),
    (
        &["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx"],
        &[
            "'pino'",
            "\"pino\"",
            "pino-http",
            "'winston'",
            "\"winston\"",
            "'bunyan'",
            "\"bunyan\"",
            "'log4js'",
            "\"log4js\"",
            "'morgan'",
            "\"morgan\"",
            "nestjs-pino",
            "nest-winston",
        ],
    ),
    (
        &["java", "kt", "kts", "groovy", "scala"],
        &[
            "org.slf4j.",
            "org.apache.logging.log4j",
            "ch.qos.logback",
            "@Slf4j",
            "@Log4j2",
            "java.util.logging",
            "KotlinLogging",
            "com.typesafe.scalalogging",
            "org.jboss.logging",
        ],
    ),
    (&["cs", "fs", "vb"], &["using Serilog", "ILogger<", "using NLog", "UseSerilog(", "AddLogging("]),
    (&["rb"], &["Rails.logger", "config.lograge", "config.log_level", "Logger.new(", "SemanticLogger", "config.logger", "Ougai::"]),
    (&["php"], &["LOG_CHANNEL", "Monolog\\", "Psr\\Log\\", "Illuminate\\Support\\Facades\\Log"]),
    (&["rs"], &["tracing_subscriber", "use tracing::", "tracing::info!", "env_logger::", "slog::Logger", "log4rs::"]),
    (&["ex", "exs"], &["require Logger"]),
];

/// Configurations that are logs by their names alone.
const LOG_FILES: [&str; 12] = [
    "logback.xml",
    "logback-spring.xml",
    "log4j2.xml",
    "log4j2.yml",
    "log4j2.yaml",
    "log4j2.json",
    "log4j2.properties",
    "log4j.properties",
    "log4j.xml",
    "nlog.config",
    "logging.properties",
    "logging.yaml",
];

/// The name of a file, in lower case, and its extension.
fn name_of(path: &str) -> (String, String) {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or_else(String::new, |(_, extension)| extension.to_owned());
    (name, extension)
}

/// Whether a file of this name may say something here.
#[must_use]
pub fn is_wanted(path: &str) -> bool {
    let (name, extension) = name_of(path);
    LOGGERS.iter().any(|(extensions, _)| extensions.contains(&extension.as_str()))
        || LOG_FILES.contains(&name.as_str())
        || matches!(
            extension.as_str(),
            "conf" | "toml" | "cfg" | "yaml" | "yml" | "json" | "properties" | "sh" | "rules" | "xml" | "config"
        )
        || matches!(name.as_str(), "dockerfile" | "caddyfile" | "procfile")
}

/// What a file says; `None` for what says nothing here.
#[must_use]
pub fn read(path: &str, text: &str) -> Option<TextTraces> {
    let (name, extension) = name_of(path);
    if text.len() > MAX_LEN || text.contains('\0') || !is_wanted(path) {
        return None;
    }
    let mut found = Vec::new();
    if let Some((_, words)) = LOGGERS.iter().find(|(extensions, _)| extensions.contains(&extension.as_str())) {
        found.extend(logger(text, words));
    } else {
        configuration(&name, &extension, text, &mut found);
    }
    if !super::program::is_generated(&name) {
        programs::read(&name, &extension, text, &mut found);
    }
    found.sort();
    found.dedup_by(|a, b| a.fact == b.fact && a.detail == b.detail);
    (!found.is_empty()).then(|| TextTraces { path: path.to_owned(), found })
}

/// Whether a line is a comment in one of the usual languages.
fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    ["//", "#", "*", "/*", "<!--", "--", ";"].iter().any(|start| line.starts_with(start)) && !line.starts_with("#[")
}

/// The lines of a text that are no comments, numbered from 1.
fn lines(text: &str) -> impl Iterator<Item = (u32, &str)> {
    text.lines().zip(1u32..).filter(|(line, _)| !is_comment(line)).map(|(line, at)| (at, line))
}

/// The names of loggers in all languages.
static LOGGER_WORDS: LazyLock<Words> = LazyLock::new(|| Words::new(LOGGERS.iter().flat_map(|(_, words)| words.iter().copied())));

/// The words that configurations have which say something: the lines of others are not read.
static CONFIG_WORDS: LazyLock<Words> = LazyLock::new(|| {
    Words::new([
        "access_log",
        "server",
        "http",
        "CustomLog ",
        "log ",
        "pgaudit",
        "-w /",
        "-a always",
        "logging.",
        "quarkus.log.",
        "server.tomcat.accesslog.enabled=true",
        "vault audit",
        "AWS::",
        "\"Serilog\"",
        "\"Logging\"",
        "logging:",
        "accessLog:",
        "alert:",
        "- rule:",
        "detection:",
        "queryFrequency",
    ])
});

/// The first line that uses a logger.
fn logger(text: &str, words: &[&str]) -> Option<Trace> {
    // most sources have none
    let held = LOGGER_WORDS.in_text(text);
    let words: Vec<&str> = words.iter().copied().filter(|word| held.has(word)).collect();
    if words.is_empty() {
        return None;
    }
    let (line, word) = lines(text).find_map(|(at, line)| Some((at, *words.iter().find(|word| line.contains(**word))?)))?;
    let is_config = word.starts_with("LOGGING") || word.starts_with("logging.config") || word.starts_with("logging.basicConfig");
    let detail = format!("a logger in the program: `{}`", word.trim_matches(|c: char| !c.is_alphanumeric() && c != '@' && c != '/'));
    Some(Trace { fact: Fact::LogConfigured, line, detail, strength: if is_config { Strength::WEAK } else { Strength::UNKNOWN } })
}

/// Whether a text may hold rules that raise an alarm.
fn has_rules(held: &Held<'_>) -> bool {
    ["alert:", "- rule:", "detection:", "queryFrequency"].iter().any(|word| held.has(word))
}

fn configuration(name: &str, extension: &str, text: &str, found: &mut Vec<Trace>) {
    let mut add = |fact: Fact, line: u32, detail: &str| {
        found.push(Trace { fact, line, detail: detail.to_owned(), strength: Strength::WEAK });
    };
    if LOG_FILES.contains(&name) {
        add(Fact::LogConfigured, 1, "a configuration of loggers");
        let remote = [
            "LogstashTcpSocketAppender",
            "LogstashUdpSocketAppender",
            "SyslogAppender",
            "Loki4jAppender",
            "LokiAppender",
            "GelfUdp",
            "GelfTcp",
            "KafkaAppender",
            "<Socket ",
            "<Syslog ",
            "<Kafka ",
            "CloudWatchAppender",
            "<Http ",
            "<Gelf ",
        ];
        if let Some((line, _)) = lines(text).find(|(_, line)| remote.iter().any(|word| line.contains(word))) {
            add(Fact::LogsShipped, line, "loggers send to another machine");
        }
        return;
    }
    if let Some((line, what)) = shippers::configuration(name, extension, text) {
        add(Fact::LogsShipped, line, what);
    }
    let held = CONFIG_WORDS.in_text(text);
    let has = |word: &str| held.has(word);
    // the first line with something, in texts that hold a word of it
    let first = |words: &[&str], is: &dyn Fn(&str) -> bool| {
        if words.iter().any(|word| has(word)) { lines(text).find(|(_, line)| is(line)) } else { None }
    };
    match extension {
        "conf" | "cfg" | "config" | "" => {
            // nginx and HAProxy; `access_log off` is none
            let access = first(&["access_log"], &|line| {
                let mut words = line.split_whitespace();
                words.next() == Some("access_log") && words.next().is_some_and(|word| !word.starts_with("off"))
            });
            if let Some((line, _)) = access.filter(|_| has("server") || has("http")) {
                add(Fact::LogConfigured, line, "access logs of the web server");
            }
            let custom = first(&["CustomLog "], &|line| line.trim_start().starts_with("CustomLog "));
            if let Some((line, _)) = custom {
                add(Fact::LogConfigured, line, "access logs of the web server");
            }
            if name.contains("haproxy")
                && let Some((line, _)) = first(&["log "], &|line| line.trim_start().starts_with("log ") && !line.contains("global"))
            {
                add(Fact::LogConfigured, line, "logs of the load balancer");
            }
            let pgaudit = first(&["pgaudit"], &|line| line.contains("shared_preload_libraries") && line.contains("pgaudit"));
            if let Some((line, _)) = pgaudit {
                add(Fact::AuditTrail, line, "PostgreSQL's pgaudit");
            }
        }
        "rules" => {
            if let Some((line, _)) =
                first(&["-w /", "-a always"], &|line| line.trim_start().starts_with("-w /") || line.trim_start().starts_with("-a always"))
            {
                add(Fact::AuditTrail, line, "rules of auditd");
            }
        }
        "properties" => {
            let spring = |line: &str| {
                line.starts_with("logging.level")
                    || line.starts_with("logging.file")
                    || line.starts_with("quarkus.log.")
                    || line.starts_with("server.tomcat.accesslog.enabled=true")
            };
            let words = ["logging.", "quarkus.log.", "server.tomcat.accesslog.enabled=true"];
            if let Some((line, _)) = first(&words, &|line| spring(line.trim_start())) {
                add(Fact::LogConfigured, line, "the program's logs");
            }
        }
        "sh" => {
            if let Some((line, call)) =
                first(&["vault audit"], &|line| line.contains("vault audit enable") || line.contains("vault audit-enable"))
            {
                add(Fact::AuditTrail, line, "Vault's audit device");
                add(Fact::AuditAttributable, line, "Vault's audit names who acts");
                if ["socket", "syslog"].iter().any(|kind| call.split_whitespace().any(|word| word == *kind)) {
                    add(Fact::LogsShipped, line, "Vault's audit is sent on");
                }
            }
        }
        "yaml" | "yml" | "json" => {
            if has_rules(&held) {
                let rules = rules(text).into_iter();
                found.extend(rules.map(|(line, detail)| Trace { fact: Fact::Detection, line, detail, strength: Strength::PARSED }));
            }
            let mut add = |fact: Fact, line: u32, detail: &str| {
                found.push(Trace { fact, line, detail: detail.to_owned(), strength: Strength::WEAK });
            };
            if has("AWS::") {
                for (kind, fact, detail) in [
                    ("AWS::CloudTrail::Trail", Fact::AuditTrail, "CloudTrail"),
                    ("AWS::CloudTrail::Trail", Fact::AuditAttributable, "CloudTrail names who acts"),
                    ("AWS::Logs::LogGroup", Fact::LogConfigured, "a log group"),
                    ("AWS::Logs::SubscriptionFilter", Fact::LogsShipped, "a log subscription"),
                ] {
                    if let Some((line, _)) = lines(text).find(|(_, line)| line.contains(kind) && line.contains("Type")) {
                        add(fact, line, detail);
                    }
                }
            }
            if name.starts_with("appsettings") && (has("\"Serilog\"") || has("\"Logging\"")) {
                add(Fact::LogConfigured, 1, "the program's logs");
            }
            if (name.starts_with("application") || name.starts_with("bootstrap"))
                && let Some((line, _)) = first(&["logging:"], &|line| line.starts_with("logging:"))
            {
                add(Fact::LogConfigured, line, "the program's logs");
            }
            if name.starts_with("traefik")
                && let Some((line, _)) = first(&["accessLog:"], &|line| line.trim_start().starts_with("accessLog:"))
            {
                add(Fact::LogConfigured, line, "access logs of the gateway");
            }
            let pgaudit =
                |line: &str| line.contains("pgaudit") && (line.contains("shared_preload_libraries") || line.contains("pgaudit.log"));
            if let Some((line, _)) = first(&["pgaudit"], &pgaudit) {
                add(Fact::AuditTrail, line, "PostgreSQL's pgaudit");
            }
        }
        _ => {}
    }
    if name == "caddyfile"
        && let Some((line, _)) = lines(text).find(|(_, line)| matches!(line.trim(), "log" | "log {"))
    {
        found.push(Trace { fact: Fact::LogConfigured, line, detail: "access logs of the web server".to_owned(), strength: Strength::WEAK });
    }
}
