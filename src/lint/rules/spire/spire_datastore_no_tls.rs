use crate::lint::rules::prelude::*;
use crate::model::spire::{self, is_opaque};
use crate::model::value::{Entry, Node as Data};

declare_rule! {
    SpireDatastoreNoTls {
        id: "spire-datastore-no-tls",
        group: "spire",
        summary: "a SPIRE server that talks to its database in the clear, or has the password in its configuration",
        why: "The database holds the registrations: who may get which identity. Whoever is on the way to it can change them. \
              PostgreSQL: `sslmode=disable`; MySQL: a connection string without `tls=` (and no `root_ca_path`), or with `tls=false`. \
              Connections over a local socket are not reported.\n\n\
              A password in the connection string is an error: it is in version control then. Let `-expandEnv` fill it in: \
              `password=${DB_PASSWORD}`.",
        bad: hcl("server {\n  trust_domain = \"shop.example\"\n}\nplugins {\n  DataStore \"sql\" {\n    plugin_data {\n      database_type = \"postgres\"\n      connection_string = \"dbname=spire host=db user=spire password=${DB_PASSWORD} sslmode=disable\"\n    }\n  }\n}\n"),
        good: hcl("server {\n  trust_domain = \"shop.example\"\n}\nplugins {\n  DataStore \"sql\" {\n    plugin_data {\n      database_type = \"postgres\"\n      connection_string = \"dbname=spire host=db user=spire password=${DB_PASSWORD} sslmode=verify-full\"\n    }\n  }\n}\n"),
        recommended: true,
        is_secret: true,
        source: "https://github.com/spiffe/spire/blob/main/doc/plugin_server_datastore_sql.md",
    }
}

impl Rule for SpireDatastoreNoTls {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        for data in spire::data_stores(&document.root) {
            let Some(database) = database(data) else { continue };
            for key in ["connection_string", "ro_connection_string"] {
                let Some(entry) = spire::field(data, key) else { continue };
                judge(database, data, entry, cx);
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Database {
    Postgres,
    Mysql,
}

fn database(data: &Data) -> Option<Database> {
    let entry = spire::field(data, "database_type")?;
    let named = spire::labels(data, "database_type");
    match entry.value.as_str().or_else(|| named.first().map(|(name, _)| *name))? {
        "postgres" | "aws_postgres" => Some(Database::Postgres),
        "mysql" | "aws_mysql" => Some(Database::Mysql),
        _ => None,
    }
}

fn judge(database: Database, data: &Data, entry: &Entry, cx: &mut ManifestCx<'_>) {
    let Some(text) = entry.value.as_str() else { return };
    let (password, plain) = match database {
        Database::Postgres => (postgres_password(text), postgres_plain(text)),
        Database::Mysql => {
            let has_ca = ["root_ca_path", "client_cert_path"].iter().any(|key| spire::field(data, key).is_some());
            (mysql_password(text), mysql_plain(text, has_ca))
        }
    };
    let has_password = password.is_some_and(|password| !password.is_empty() && !is_opaque(password));
    let key = &entry.key;
    let (severity, message, help) = match (has_password, plain) {
        (true, _) => (
            Severity::Error,
            format!("`{key}` holds the password of the database"),
            "let the environment fill it in: `${DB_PASSWORD}` with `-expandEnv`",
        ),
        (false, Some(true)) => (
            Severity::Warning,
            format!("`{key}`: the connection to the database has no TLS"),
            "ask for TLS: `sslmode=verify-full`, `tls=true`",
        ),
        (false, None) => return cx.withhold(),
        (false, Some(false)) => return,
    };
    if let Some(report) = cx.report_as(severity, &entry.origin, message) {
        report.help(help);
    }
}

/// The value of a parameter of a connection string, as a list of `key=value` or in the query of a URL.
fn parameter<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '?' | '&'));
    words.filter_map(|word| word.split_once('=')).find(|(name, _)| *name == key).map(|(_, value)| value.trim_matches('\''))
}

/// What stands between the scheme and the path of a URL.
fn authority(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://")?;
    scheme.starts_with("postgres").then(|| rest.split(['/', '?']).next().unwrap_or(rest))
}

fn postgres_password(text: &str) -> Option<&str> {
    parameter(text, "password").or_else(|| authority(text)?.rsplit_once('@')?.0.split_once(':').map(|(_, password)| password))
}

/// Whether the connection is in the clear; `None` where the environment decides.
fn postgres_plain(text: &str) -> Option<bool> {
    if parameter(text, "host").is_some_and(|host| host.starts_with('/')) {
        return Some(false);
    }
    match parameter(text, "sslmode") {
        Some("disable") => Some(true),
        Some(mode) if is_opaque(mode) => None,
        Some(_) => Some(false),
        // the default is `require`
        None => {
            if text.trim_start().starts_with('$') {
                None
            } else {
                Some(false)
            }
        }
    }
}

/// `user:password@protocol(address)/database?parameters`; the last `@` in front of the last `/` ends the password.
fn mysql_password(text: &str) -> Option<&str> {
    let front = text.rsplit_once('/').map_or(text, |(front, _)| front);
    front.rsplit_once('@')?.0.split_once(':').map(|(_, password)| password)
}

fn mysql_plain(text: &str, has_ca: bool) -> Option<bool> {
    let front = text.rsplit_once('/').map_or(text, |(front, _)| front);
    let address = front.rsplit_once('@').map_or(front, |(_, address)| address);
    if has_ca || address.starts_with("unix(") {
        return Some(false);
    }
    match parameter(text, "tls") {
        Some("false") => Some(true),
        Some(value) if is_opaque(value) => None,
        Some(_) => Some(false),
        // the environment may bring the parameters along
        None if text.trim_start().starts_with("${") || text.rsplit('/').next().is_some_and(is_opaque) => None,
        None => Some(true),
    }
}
