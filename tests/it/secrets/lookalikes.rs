//! What looks like a secret and is none, in files as repositories have them.

use std::path::{Path, PathBuf};

use ztctl::secrets::Verdict;

use super::verdicts;

fn files(dir: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(dir).expect("fixtures").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { files(&path, out) } else { out.push(path) }
    }
}

#[test]
fn look_alikes_are_neither_capping_nor_to_be_reviewed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/secrets/lookalikes");
    let mut paths = Vec::new();
    files(&root, &mut paths);
    let mut wrong = Vec::new();
    let mut candidates = 0;
    let mut kinds = std::collections::BTreeSet::new();
    for path in &paths {
        let bytes = std::fs::read(path).expect("readable");
        let name = path.strip_prefix(&root).expect("below the root").to_string_lossy().replace('\\', "/");
        kinds.insert(path.extension().map(|extension| extension.to_string_lossy().into_owned()));
        let lower = String::from_utf8_lossy(&bytes).to_lowercase();
        let words = ["pass", "secret", "token", "key", "auth", "cred", "akia", "integrity", "sha", "://"];
        candidates += lower.lines().filter(|line| words.iter().any(|word| line.contains(word))).count();
        for (verdict, line, found) in verdicts(&name, &bytes) {
            if matches!(verdict, Some(Verdict::Cap0 | Verdict::Cap1 | Verdict::Review)) {
                wrong.push(format!("{name}:{line} {} {:?}", found.secret.detector.id, verdict));
            }
        }
    }
    assert!(candidates >= 250 && kinds.len() >= 20, "{candidates} look-alikes in {} formats", kinds.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The false positives that other tools were told of, each where it would hold the level down.
#[test]
fn what_other_tools_take_for_secrets() {
    let cases = [
        ("app.py", "key = settings.AWS_KEY\n"),
        // words of a user interface, in languages that have letters of their own
        ("web/messages/es.json", "{\"password\": \"Contraseña\", \"pass\": \"Éxito\"}\n"),
        ("web/messages/pt-BR.json", "{\"setTemporaryPassword\": \"DefinirSenha2\"}\n"),
        ("app.json", "{\"password\": \"密码已成功设置\", \"confirmPassword\": \"Κωδικός\"}\n"),
        ("app.yaml", "password: Mật-khẩu-mới\npasswords: पासवर्ड\n"),
        // sentences about passwords
        ("rules.yaml", "text: 'The following applies to passwords:\n\n  - they are changed.'\nurn: urn:rules:risk:req_node:2019:4.5.26\n"),
        ("rules.yaml", "text: -Password complexity has one upper-case letter\n"),
        ("rules.yaml", "text: change it promptly\n  if you know or suspect a password or account\n  has been compromised.\n"),
        // variables of PowerShell
        ("ci.yaml", "run: sign app.exe --password $env:SIGNING_PASSWORD --replace\n"),
        ("deploy.ps1", "connect -Password $script:Credentials.Password\n"),
        // names of values in scripts without an extension
        ("Tiltfile", "k8s_yaml(helm('chart', set={'RANDOM_PASSWORD': random_password}))\n"),
        ("app.yaml", "env:\n  - name: MYSQL_ROOT_PASSWORD\n    value: fake_password\n"),
        // settings beside credentials in a Secret
        (
            "k8s/secret.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  key-alias: orders\n  ui-layout: grid-compact\n  password-policy: strict\n  key-store: pkcs12\n  theme: dark\n",
        ),
        ("x.tfstate", "{\"version\":4,\"outputs\":{\"db\":{\"value\":\"db.shop.internal\",\"sensitive\":true}}}\n"),
        // selectors, patterns, calls, prose about passwords
        ("app.yaml", "PASSWORD_INPUT_BOX: 'input[name=\"login_password\"]'\n"),
        ("verify.sh", "H=$(grep set-cookie: | sed -E 's/^set-cookie: (OauthHMAC=[^;]+);.*$/x/')\n"),
        ("setup.ps1", "New-LocalUser -Name svc -Password (Read-Host -AsSecureString)\n"),
        ("load.yaml", "# a salt for the demo password 'riverbank'\n"),
        ("rules.yaml", "text: \"is defined as: \\n-Password complexity\\n\"\n"),
        ("a.sql", "INSERT INTO settings (name, value) VALUES ('password_policy', 'strong');\n"),
        // settings that stand beside credentials
        (
            "secret.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  ENCRYPTION_KEY_ALIAS: alias/orders-prod\n  password-policy: \"length(12) and upperCase(1) and digits(1)\"\n",
        ),
        // what is not in force, and what lives as long as a job
        ("grafana.ini", ";admin_password = admin\n"),
        ("app.env", "# POSTGRES_PASSWORD=postgres\n"),
        (".github/actions/db/action.yml", "run: docker run -e POSTGRES_PASSWORD=postgres postgres\n"),
        ("chart/values.yaml", "smtp:\n  password: \"primary_password_here\"\n"),
        ("app.py", "hash = bcrypt.hashpw(password.encode('utf-8'), salt)\n"),
        ("app.py", "if password.startswith('$argon2id-x7') or password.replace('Zq81-', ''):\n"),
        ("rules.yaml", "condition: >\n  proc.args contains \"@pwd = getpwnam(\" and\n  proc.name = perl\n"),
        ("app.py", "public_key = \"q83vEiPZ7hYk2LmNw5RtXb\"\n"),
        ("app.yaml", "api_version: v2024f8a1c3e5b7d9\n"),
        ("app.tf", "secret_name = \"prod-orders-9f8e7d6c\"\n"),
        ("app.go", "keyboard := \"a8f5f167f44f4964e6c998dee827110c\"\n"),
        ("app.go", "monkey := \"a8f5f167f44f4964e6c998dee827110c\"\n"),
        ("app.env", "GITLAB=glpat-XXXXXXXXXXXXXXXXXXXX\n"),
        ("app.env", "AWS=ACCAXXXXXXXXXXXXXXXX\n"),
        ("app.env", "TOKEN=0123456789012345678901234567890123456789\n"),
        ("app.yaml", "apiGroup: rbac.authorization.k8s.io\n"),
        ("app.java", "boolean checkPassword(String passwordHash, PasswordEncoder passwordEncoder1) {}\n"),
        ("app.ts", "const getAccessTokenFromAuthorizationHeader2 = (authorizationHeader: string) => null;\n"),
        ("app.env", "PASSWORD=REDACTED\n"),
        ("app.go", "errors.New(\"wrong username/password combination.\")\n"),
        ("app.js", "const pwd = process.env.PWD || process.cwd();\n"),
        (".pgpass", "# hostname:port:database:username:password\n*:*:*:*:${PGPASSWORD}\nhost:5432:db:user:\n"),
        ("run.sh", "mysql -u root -p\"$PW\" app\nmysql -uroot -p app -port=3306\n"),
        ("run.sh", "docker run -p 8080:80 x && docker login -u ci -p \"$PW\" x\n"),
        ("run.sh", "echo \"$PW\" | docker login --password-stdin -u ci\nsshpass -e ssh x; redis-cli -a \"$PW\"\n"),
        ("run.sh", "x=\"$(mysql -u root)\" psql -pLantern47\n"),
        ("app.go", "req.SetBasicAuth(user, pw)\nreq.SetBasicAuth(cfg[\"user1\"], cfg[\"Pass1\"])\n"),
        ("app.go", "sql.Open(\"mysql\", fmt.Sprintf(\"%s:%s@tcp(%s)/x\", u, p, h))\n"),
        ("app.sql", "CREATE USER app IDENTIFIED BY ':pw';\n"),
        ("app.yaml", "args:\n- --token-file\n- /var/run/token\n- --password\n- $(DB_PASSWORD)\n"),
        ("app.yaml", "password: \"{{ lookup('env', 'PASSWORD1') }}\"\n"),
        (
            "app.yaml",
            "token: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  62313365396662343061393464336163383764373764613633653634306231386433626436623361\n",
        ),
    ];
    for (path, text) in cases {
        let found = verdicts(path, text.as_bytes());
        assert!(
            found.iter().all(|(verdict, ..)| !matches!(verdict, Some(Verdict::Cap0 | Verdict::Cap1 | Verdict::Review))),
            "{path} {text} {found:?}"
        );
    }
}
