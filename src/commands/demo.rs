//! `ztctl demo`: `verify` on an example repository that the binary holds. Reads no file and no config.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use super::discover::{FileKind, Found};
use super::gate::{Asked, Job, Reads, Settings};
use super::input::{Content, Loaded, scan};
use super::output::Output;
use super::session::{Files, SALT, threads};
use super::{Error, Outcome, assess, test};
use crate::cli::DemoArgs;
use crate::diag::Date;
use crate::lint::Commands;
use crate::secrets::Scanner;

macro_rules! files {
    ($($path:literal)*) => {
        &[$(($path, include_str!(concat!("../../fixtures/demo/", $path)))),*]
    };
}

/// A payments platform's policies, flawed on purpose. Sorted by path.
const FILES: &[(&str, &str)] = files! {
    ".github/workflows/deploy.yml"
    ".github/workflows/mirror-images.yml"
    "apps/ledger/base/deployment.yaml"
    "apps/ledger/base/kustomization.yaml"
    "apps/ledger/base/service-account.yaml"
    "apps/ledger/base/service.yaml"
    "apps/ledger/overlays/prod/kustomization.yaml"
    "apps/ledger/overlays/prod/replicas.yaml"
    "apps/payments/payments.yaml"
    "apps/refunds/refunds.yaml"
    "clusters/prod/namespaces.yaml"
    "data.json"
    "edge/envoy.yaml"
    "gatekeeper/opa.yaml"
    "gatekeeper/token-audience.yaml"
    "mesh/authorization.yaml"
    "mesh/ext-authz.yaml"
    "mesh/mesh-config.yaml"
    "mesh/peer-authentication.yaml"
    "mesh/request-authentication.yaml"
    "network/ledger.yaml"
    "network/payments.yaml"
    "policies/legacy/admin.rego"
    "policies/lib/tokens.rego"
    "policies/payments/authz.rego"
    "policies/payments/authz.ztest.yaml"
    "policies/payments/authz_test.rego"
    "policies/refunds/refunds.rego"
    "policies/refunds/refunds_test.rego"
    "spire/agent.conf"
    "spire/server.yaml"
    "vault/payments.hcl"
    "vault/roles.tf"
};

pub(super) fn run(args: &DemoArgs) -> Result<Outcome, Error> {
    let output = Output::new(&args.output);
    threads(&args.output)?;
    let today = Date::of(SystemTime::now());
    let scanner = Arc::new(Scanner::new(SALT, today));
    let files: Vec<Loaded> = FILES
        .iter()
        .map(|(path, text)| {
            let path = PathBuf::from(path);
            let file = Found {
                name: path.to_string_lossy().into_owned(),
                kind: FileKind::of(&path),
                path,
                named: false,
                root: 0,
                reported: true,
                is_test: false,
                scan_only: false,
            };
            let scan = scan(&scanner, &file, text.as_bytes());
            Loaded { file, content: Content::Text((*text).into()), scan }
        })
        .collect();
    let count = files.len();
    let job = Job::new(
        Files { files, scanner: Some(scanner), ..Files::default() },
        vec![Settings::default()],
        vec![0; count],
        vec![None; count],
        Reads::Everything,
        Arc::default(),
    );
    let (mut judged, rego) = job.judge_for_assessment(&mut Asked::defaults(Commands::Verify, today));
    let tests = test::of_job(&job, &test::Limits::default(), &[PathBuf::from(".")])?;
    if let Some(tests) = &tests {
        job.add(&mut judged, &tests.findings, &tests.skipped);
    }
    job.report("demo", &output, &judged, tests.as_ref().map(test::TestRun::as_report))?;
    let assessment = assess::of_job(&job, &judged, &rego, &assess::Options::defaults("demo", today));
    assess::say(&output, &assessment)?;
    Ok(Outcome::Clean)
}
