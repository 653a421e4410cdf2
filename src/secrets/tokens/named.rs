//! Values whose format says little, and whose name says the rest: `DATADOG_API_KEY` and 32 digits of hex.

use super::super::found::Detector;
use super::super::value::words;
use super::Set;

pub(in crate::secrets) struct Named {
    pub(in crate::secrets) detector: Detector,
    /// Words of the name, all of them, in any order; `a|b` for either.
    words: &'static [&'static str],
    set: Set,
    least: usize,
    most: usize,
}

impl Named {
    /// Whether a value under a name is one.
    pub(in crate::secrets) fn fits(&self, name: &str, value: &[u8]) -> bool {
        if !(self.least..=self.most).contains(&value.len()) || !value.iter().all(|b| self.set.has(*b)) {
            return false;
        }
        // letters only are words
        if !value.iter().any(u8::is_ascii_digit) {
            return false;
        }
        let own = words(name);
        self.words.iter().all(|word| {
            word.split('|').any(|word| own.iter().any(|own| own == word || own.len() > word.len() && word.len() > 4 && own.contains(word)))
        })
    }
}

const fn named(
    id: &'static str,
    provider: &'static str,
    title: &'static str,
    words: &'static [&'static str],
    set: Set,
    least: usize,
    most: usize,
) -> Named {
    Named { detector: Detector { id, provider, title, docs: "" }, words, set, least, most }
}

pub(in crate::secrets) const RULES: &[Named] = &[
    named("aws-secret-key", "AWS", "AWS secret access key", &["secret", "access|aws|s3", "key"], Set::Base64, 40, 40),
    named("aws-secret-key", "AWS", "AWS secret access key", &["aws|s3|minio", "secret"], Set::Base64, 40, 40),
    named("aws-session-token", "AWS", "AWS session token", &["aws", "session", "token"], Set::Base64, 100, 2048),
    named(
        "azure-account-key",
        "Microsoft",
        "Azure account key",
        &[
            "storage|account|cosmos|documentdb|primary|secondary|eventhub|iothub|batch|azure",
            "key|accountkey|primarykey|storagekey|cosmoskey",
        ],
        Set::Padded,
        86,
        88,
    ),
    named("datadog-api-key", "Datadog", "Datadog API key", &["datadog|dd", "api", "key"], Set::Hex, 32, 32),
    named("datadog-app-key", "Datadog", "Datadog application key", &["datadog|dd", "app|application", "key"], Set::Hex, 40, 40),
    named("twilio-auth-token", "Twilio", "Twilio auth token", &["twilio", "token"], Set::Hex, 32, 32),
    named("heroku-api-key", "Heroku", "Heroku API key", &["heroku", "key"], Set::Uuid, 36, 36),
    named("cloudflare-token", "Cloudflare", "Cloudflare API token", &["cloudflare|cf", "token"], Set::Url, 40, 40),
    named("cloudflare-key", "Cloudflare", "Cloudflare API key", &["cloudflare|cf", "key"], Set::Hex, 37, 37),
    named("fastly-token", "Fastly", "Fastly API token", &["fastly"], Set::Url, 32, 32),
    named("pagerduty-key", "PagerDuty", "PagerDuty integration key", &["pagerduty", "key|token"], Set::Alnum, 20, 32),
    named("okta-token", "Okta", "Okta API token", &["okta", "token|secret"], Set::Url, 40, 42),
    named("auth0-secret", "Auth0", "Auth0 client secret", &["auth0", "secret"], Set::Url, 64, 64),
    named("algolia-key", "Algolia", "Algolia admin key", &["algolia", "admin|write|private|secret"], Set::Hex, 32, 32),
    named("mailgun-key", "Mailgun", "Mailgun key", &["mailgun", "key"], Set::Hex, 32, 50),
    named("jira-token", "Atlassian", "Atlassian API token", &["jira|confluence|atlassian", "token|key"], Set::Alnum, 24, 24),
    named("discord-secret", "Discord", "Discord client secret", &["discord", "secret"], Set::Url, 32, 32),
    named("facebook-secret", "Meta", "Facebook app secret", &["facebook|fb|instagram", "secret"], Set::Hex, 32, 32),
    named("twitter-secret", "X", "X API secret", &["twitter", "secret"], Set::Alnum, 44, 50),
    named("linkedin-secret", "LinkedIn", "LinkedIn client secret", &["linkedin", "secret"], Set::Alnum, 16, 16),
    named("dropbox-secret", "Dropbox", "Dropbox app secret", &["dropbox", "secret|key"], Set::Lower, 15, 15),
    named("asana-secret", "Asana", "Asana client secret", &["asana", "secret"], Set::Hex, 32, 32),
    named("zendesk-token", "Zendesk", "Zendesk API token", &["zendesk", "token|key|secret"], Set::Alnum, 40, 40),
    named("bitbucket-secret", "Atlassian", "Bitbucket client secret", &["bitbucket", "secret"], Set::Url, 32, 64),
    named("snyk-token", "Snyk", "Snyk API token", &["snyk", "token|key"], Set::Uuid, 36, 36),
    named("codecov-token", "Codecov", "Codecov upload token", &["codecov", "token"], Set::Uuid, 36, 36),
    named("sentry-token", "Sentry", "Sentry auth token", &["sentry", "auth", "token"], Set::Hex, 64, 64),
    named("netlify-token", "Netlify", "Netlify access token", &["netlify", "token"], Set::Url, 40, 46),
    named("travis-token", "Travis CI", "Travis CI access token", &["travis", "token"], Set::Url, 22, 22),
    named("circleci-token", "CircleCI", "CircleCI API token", &["circle|circleci", "token"], Set::Hex, 40, 40),
    named("buildkite-token", "Buildkite", "Buildkite agent token", &["buildkite", "token"], Set::Alnum, 40, 50),
    named("confluent-secret", "Confluent", "Confluent API secret", &["confluent", "secret"], Set::Base64, 64, 64),
    named("alibaba-secret-key", "Alibaba Cloud", "Alibaba Cloud secret key", &["alibaba|aliyun|oss", "secret"], Set::Alnum, 30, 30),
    named("tencent-secret-key", "Tencent Cloud", "Tencent Cloud secret key", &["tencent|qcloud|cos", "secret", "key"], Set::Alnum, 32, 32),
    named("hetzner-token", "Hetzner", "Hetzner Cloud API token", &["hcloud|hetzner", "token"], Set::Alnum, 64, 64),
    named("linode-token", "Linode", "Linode API token", &["linode", "token"], Set::Hex, 64, 64),
    named("vultr-key", "Vultr", "Vultr API key", &["vultr", "key"], Set::Upper, 36, 36),
    named("gitea-token", "Gitea", "Gitea access token", &["gitea|forgejo", "token"], Set::Hex, 40, 40),
    named("github-token", "GitHub", "GitHub token", &["github|gh", "token"], Set::Hex, 40, 40),
    named("new-relic-license-key", "New Relic", "New Relic license key", &["relic|newrelic", "key"], Set::Hex, 40, 40),
    named("mixpanel-secret", "Mixpanel", "Mixpanel secret", &["mixpanel", "secret"], Set::Hex, 32, 32),
    named("plaid-secret", "Plaid", "Plaid secret", &["plaid", "secret"], Set::Hex, 30, 30),
    named("messagebird-key", "MessageBird", "MessageBird access key", &["messagebird", "key|token"], Set::Alnum, 25, 25),
    named("vonage-secret", "Vonage", "Vonage API secret", &["nexmo|vonage", "secret"], Set::Alnum, 16, 16),
    named("postmark-token", "Postmark", "Postmark server token", &["postmark", "token|key"], Set::Uuid, 36, 36),
    named("rollbar-token", "Rollbar", "Rollbar access token", &["rollbar", "token"], Set::Hex, 32, 32),
    named("honeycomb-key", "Honeycomb", "Honeycomb API key", &["honeycomb", "key"], Set::Alnum, 22, 32),
    named("bugsnag-key", "Bugsnag", "Bugsnag API key", &["bugsnag", "key"], Set::Hex, 32, 32),
    named("cohere-key", "Cohere", "Cohere API key", &["cohere|co", "api", "key"], Set::Alnum, 40, 40),
    named("mistral-key", "Mistral", "Mistral API key", &["mistral", "key"], Set::Alnum, 32, 32),
    named("deepseek-key", "DeepSeek", "DeepSeek API key", &["deepseek", "key"], Set::Url, 35, 35),
    named("azure-openai-key", "Microsoft", "Azure AI services key", &["azure", "key"], Set::Hex, 32, 32),
    named("databricks-token", "Databricks", "Databricks token", &["databricks", "token"], Set::Hex, 32, 40),
    named("jfrog-key", "JFrog", "JFrog API key", &["jfrog|artifactory", "key|token"], Set::Alnum, 64, 80),
    named("consul-token", "HashiCorp", "Consul token", &["consul", "token"], Set::Uuid, 36, 36),
    named("nomad-token", "HashiCorp", "Nomad token", &["nomad", "token"], Set::Uuid, 36, 36),
];
