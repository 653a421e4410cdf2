//! Terraform: variables, locals, loops, counts, dynamic blocks and calls of local modules.

use ztctl::assess::status::{Reason, Status};
use ztctl::assess::{Assessment, Settings};

use super::assessed;

fn of(files: &[(&str, &str)]) -> Assessment {
    assessed(files, &Settings::default())
}

fn status(assessment: &Assessment, id: &str) -> Status {
    assessment.verdict(id).expect("a criterion").status
}

/// The places of the evidence against a criterion.
fn against(assessment: &Assessment, id: &str) -> Vec<String> {
    let verdict = assessment.verdict(id).expect("a criterion");
    let failing = verdict.evidence.iter().filter(|one| verdict.subjects.failing.contains(&one.observation.subject));
    failing.filter_map(|one| one.observation.spot.as_ref()).map(|spot| format!("{}:{}", spot.path, spot.line)).collect()
}

const DATABASE: &str = "resource \"aws_instance\" \"web\" {}\nresource \"aws_db_instance\" \"a\" {\n  engine            = \"postgres\"\n  storage_encrypted = var.encrypted\n  publicly_accessible = local.public\n}\n";

#[test]
fn defaults_and_locals_say_what_fields_are() {
    let with = |default: &str, public: &str| {
        let text = format!("variable \"encrypted\" {{\n{default}\n}}\nlocals {{\n  public = {public}\n}}\n{DATABASE}");
        let found = of(&[("main.tf", &text)]);
        (status(&found, "L2.ENC.1"), status(&found, "L1.NET.1"))
    };
    assert_eq!(with("default = true", "false"), (Status::Met, Status::Met));
    assert_eq!(with("default = false", "!false"), (Status::NotMet, Status::NotMet));
    assert_eq!(with("default = false", "var.encrypted ? true : false"), (Status::NotMet, Status::Met));
    // whoever applies it says it
    assert_eq!(with("type = bool", "false").0, Status::Unknown);
    // and so do files of values, which are not read
    let text = format!("variable \"encrypted\" {{ default = true }}\nlocals {{ public = false }}\n{DATABASE}");
    let found = of(&[("main.tf", &text), ("prod.tfvars", "encrypted = false\n")]);
    assert_eq!(status(&found, "L2.ENC.1"), Status::Unknown);
}

#[test]
fn what_is_made_no_times_is_not_there() {
    let with = |count: &str| {
        of(&[(
            "main.tf",
            &format!(
                "variable \"extra\" {{}}\nresource \"aws_instance\" \"web\" {{}}\nresource \"aws_db_instance\" \"a\" {{\n  {count}\n  engine = \"postgres\"\n  storage_encrypted = false\n}}\n"
            ),
        )])
    };
    assert_eq!(status(&with(""), "L2.ENC.1"), Status::NotMet);
    assert_eq!(status(&with("count = 2"), "L2.ENC.1"), Status::NotMet);
    assert_eq!(status(&with("count = 0"), "L2.ENC.1"), Status::Unknown);
    assert_eq!(with("count = 0").verdict("L2.ENC.1").and_then(|verdict| verdict.reason), Some(Reason::NeedsOtherRepo));
    assert_eq!(status(&with("for_each = {}"), "L2.ENC.1"), Status::Unknown);
    // whether it is made cannot be told: it speaks neither way
    let open = with("count = var.extra ? 1 : 0");
    let verdict = open.verdict("L2.ENC.1").expect("a criterion");
    assert_eq!((verdict.status, verdict.reason), (Status::Unknown, Some(Reason::UnrenderedTemplate)));
}

#[test]
fn dynamic_blocks_are_written_out() {
    let with = |list: &str, cidr: &str| {
        let text = format!(
            "variable \"rules\" {{}}\nlocals {{\n  open = [{cidr:?}]\n}}\nresource \"aws_security_group\" \"web\" {{\n  dynamic \"ingress\" {{\n    for_each = {list}\n    content {{\n      from_port   = ingress.value\n      to_port     = ingress.value\n      protocol    = \"tcp\"\n      cidr_blocks = local.open\n    }}\n  }}\n}}\n"
        );
        of(&[("main.tf", &text)])
    };
    let open = with("[22, 443]", "0.0.0.0/0");
    assert_eq!(status(&open, "L1.NET.1"), Status::NotMet);
    assert!(against(&open, "L1.NET.1").iter().all(|at| at.starts_with("main.tf:")), "{:?}", against(&open, "L1.NET.1"));
    assert_ne!(status(&with("[443]", "0.0.0.0/0"), "L1.NET.1"), Status::NotMet, "what is meant for all");
    assert_ne!(status(&with("[22]", "10.0.0.0/8"), "L1.NET.1"), Status::NotMet);
    assert_ne!(status(&with("[]", "0.0.0.0/0"), "L1.NET.1"), Status::NotMet);
    assert_ne!(status(&with("var.rules", "0.0.0.0/0"), "L1.NET.1"), Status::NotMet, "which ports is not known");
}

#[test]
fn calls_of_local_modules_pass_their_arguments() {
    let module = "variable \"encrypted\" {}\nlocals { public = false }\n".to_owned() + DATABASE;
    let with = |calls: &str| of(&[("main.tf", calls), ("modules/db/main.tf", &module)]);
    let call = |name: &str, value: &str| format!("module \"{name}\" {{\n  source = \"./modules/db\"\n  encrypted = {value}\n}}\n");
    assert_eq!(status(&with(&call("a", "true")), "L2.ENC.1"), Status::Met);
    let plain = with(&call("a", "false"));
    assert!(against(&plain, "L2.ENC.1").contains(&"modules/db/main.tf:6".to_owned()), "{:?}", against(&plain, "L2.ENC.1"));
    // two calls that say two things: the module's own file says neither
    let both = with(&(call("a", "true") + &call("b", "false")));
    assert!(!against(&both, "L2.ENC.1").iter().any(|at| at.starts_with("modules/")), "{:?}", against(&both, "L2.ENC.1"));
    // calls in a circle end
    let circle = of(&[(
        "main.tf",
        "resource \"aws_instance\" \"web\" {}\nvariable \"encrypted\" {}\nmodule \"a\" {\n  source = \"./\"\n  encrypted = var.encrypted\n}\nresource \"aws_db_instance\" \"a\" {\n  storage_encrypted = var.encrypted\n}\n",
    )]);
    assert_eq!(status(&circle, "L2.ENC.1"), Status::Unknown);
}

#[test]
fn deep_and_endless_expressions_break_nothing() {
    let deep = |open: &str, close: &str| {
        format!(
            "locals {{\n  a = {}1{}\n  b = local.b\n}}\nresource \"aws_db_instance\" \"a\" {{\n  storage_encrypted = local.a\n  count = local.b\n}}\n",
            open.repeat(400),
            close.repeat(400)
        )
    };
    for (open, close) in [("(", ")"), ("!", ""), ("f(", ")"), ("true ? ", " : 1"), ("\"${", "}\"")] {
        of(&[("main.tf", &deep(open, close))]);
    }
}

#[test]
fn releases_of_charts_are_given_credentials() {
    let with = |value: &str| {
        let text = format!(
            "variable \"token\" {{ sensitive = true }}\nresource \"aws_instance\" \"a\" {{}}\nresource \"helm_release\" \"app\" {{\n  chart = \"./app\"\n  set_sensitive {{\n    name  = \"api.token\"\n    value = {value}\n  }}\n  set {{\n    name  = \"replicas\"\n    value = 2\n  }}\n}}\n"
        );
        let found = of(&[("main.tf", &text)]);
        let own = found.credentials.iter().filter(|one| one.subject.kind == "helm_release");
        own.map(|one| (one.subject.part.clone(), one.holding.rung())).collect::<Vec<_>>()
    };
    assert_eq!(with("var.token"), [("api.token".to_owned(), Some(1))]);
    assert_eq!(with("\"kP9vWq2LzR7mXt4b\""), [("api.token".to_owned(), Some(0))]);
    assert_eq!(with("data.aws_secretsmanager_secret_version.api.secret_string"), [("api.token".to_owned(), Some(2))]);
}
