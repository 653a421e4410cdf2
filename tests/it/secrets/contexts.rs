//! Values that only what stands around them tells: calls, commands, tables, holders, languages; and what looks the same and is none.

use ztctl::secrets::Verdict;

use super::makers::Dice;
use super::verdicts;

/// `@P` is a password of a person, `@W` words in a row, `@R` a random value, `@H` one in hex, `@U` a UUID.
fn fill(text: &str, dice: &mut Dice) -> (String, Vec<String>) {
    let words = ["copper", "lantern", "walrus"].join("-");
    let values = [("@P", "Lantern-willow47".to_owned()), ("@W", words), ("@R", dice.alnum(32)), ("@H", dice.hex(40)), ("@U", dice.uuid())];
    let mut out = text.to_owned();
    let mut used = Vec::new();
    for (mark, value) in values {
        if out.contains(mark) {
            out = out.replace(mark, &value);
            used.push(value);
        }
    }
    (out, used)
}

#[test]
fn what_stands_around_a_value_says_that_it_is_secret() {
    let cases = [
        // calls that take a key or a password in a place of their own
        ("a.js", "jwt.sign(payload, '@R', { expiresIn: '1h' });\n"),
        ("a.js", "const t = require('twilio')(sid(), '@H');\n"),
        ("a.js", "cookieSession({ keys: ['@R'] });\n"),
        ("a.js", "if (req.headers['x-internal-token'] !== '@R') deny();\n"),
        ("a.py", "cipher = Fernet(b\"@R\")\n"),
        ("a.py", "smtp.login(\"svc\", \"@P\")\n"),
        ("a.py", "parser.add_argument(\"--password\", help=\"of the database\", default=\"@P\")\n"),
        ("a.py", "secret: str = field(default=\"@R\")\n"),
        ("a.go", "mac := hmac.New(sha256.New, []byte(\"@R\"))\n"),
        ("a.go", "var key = []byte(\"@R\")\n"),
        ("a.go", "u.User = url.UserPassword(\"svc\", \"@P\")\n"),
        ("A.cs", "var k = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(\"@R\"));\n"),
        ("A.java", "String c = \"jdbc:oracle:thin:scott/@P@//db:1521/X\";\n"),
        ("A.java", "b.signWith(SignatureAlgorithm.HS512, \"@R\");\n"),
        ("a.php", "curl_setopt($ch, CURLOPT_USERPWD, \"admin:@P\");\n"),
        ("a.php", "define('NONCE_SALT', '@R');\n"),
        ("a.ps1", "$s = ConvertTo-SecureString \"@P\" -AsPlainText -Force\n"),
        ("a.pl", "my $d = DBI->connect(\"dbi:Pg:dbname=x\", \"svc\", \"@P\");\n"),
        ("a.rb", "PASS = %q(@P)\n"),
        ("stack.ts", "credentials: c.fromPassword('admin', SecretValue.unsafePlainText('@P')),\n"),
        // commands
        ("run.sh", "rabbitmqctl add_user svc @P\n"),
        ("run.sh", "htpasswd -b -c /etc/x/.htpasswd admin @P\n"),
        ("run.sh", "echo \"root:@P\" | chpasswd\n"),
        ("run.sh", "openssl enc -aes-256-cbc -pass pass:@P -in a -out b\n"),
        ("run.sh", "aws configure set aws_session_token @R\n"),
        ("run.sh", "zip -P @P a.zip b\n"),
        ("setup.fish", "set -gx DB_PASSWORD @P\n"),
        ("login.exp", "expect \"password: \"\nsend \"@P\\r\"\n"),
        ("compose.prod.yml", "    test: [\"CMD\", \"mysqladmin\", \"ping\", \"-uroot\", \"-p@P\"]\n"),
        ("k8s.yaml", "args: [\"login\", \"--token\", \"@R\"]\n"),
        ("user-data.yaml", "chpasswd:\n  list: |\n    root:@P\n"),
        ("call.sh", "curl -H \"Authorization: Token @R\" https://api.corp.io\n"),
        // other ways to write a value
        ("main.tf", "  user_data = <<-EOF\n    export DB_PASSWORD=@P\n  EOF\n"),
        ("job.nomad", "data = <<EOT\nAPI_KEY=@R\nEOT\n"),
        ("Jenkinsfile.groovy", "sh \"docker run -e DB_PASSWORD=@P app\"\n"),
        ("a.go", "Env: []string{\"DB_PASSWORD=@P\"},\n"),
        ("app.toml", "secret_key = \"\"\"\n@R\"\"\"\n"),
        ("build.gradle", "  storePassword \"@P\"\n"),
        ("nginx.conf", "proxy_set_header X-Api-Key \"@R\";\n"),
        ("haproxy.cfg", "  user admin insecure-password @P\n"),
        ("haproxy.cfg", "  stats auth admin:@P\n"),
        ("a.h", "#define DB_PASSWORD \"@P\"\n"),
        ("a.R", "api_key <- \"@R\"\n"),
        ("sys.config.erl", "{db_password, \"@P\"},\n"),
        ("config.edn", "{:db {:password \"@P\"}}\n"),
        ("Info.plist", "<key>DBPassword</key>\n<string>@P</string>\n"),
        ("core-site.xml", "<name>fs.s3a.password</name><value>@P</value>\n"),
        ("beans.xml", "<property name=\"password\"><value>@P</value></property>\n"),
        ("users.csv", "username,password,mail\nbob,@P,bob@corp.io\n"),
        ("sasl_passwd", "[smtp.corp.io]:587 mailer@corp.io:@P\n"),
        ("fstab", "//nas/x /mnt cifs username=svc,password=@P,vers=3.0 0 0\n"),
        ("elastic.yml", "cloud.auth: \"elastic:@P\"\n"),
        ("wpa.conf", "  psk=\"@P\"\n"),
        // what holds a value names it
        ("prod.tfvars", "api_keys = {\n  billing = \"@R\"\n}\n"),
        ("values.yaml", "tokens:\n  billing: @R\n"),
        ("consul.json", "{\"acl\": {\"tokens\": {\"agent\": \"@U\"}}}\n"),
        ("appsettings.json", "{\"Jwt\": {\"Issuer\": \"corp\", \"Key\": \"@R\"}}\n"),
        ("app.yaml", "jwt:\n  key: @R\n"),
        ("x.tf.json", "{\"variable\": {\"token\": {\"type\": \"string\", \"default\": \"@R\"}}}\n"),
        ("template.yaml", "Parameters:\n  DBPassword:\n    Type: String\n    Default: @P\n"),
        ("task.yaml", "params:\n- name: registry-password\n  type: string\n  default: @P\n"),
        ("realm.json", "{\"credentials\": [{\"type\": \"password\", \"value\": \"@P\"}]}\n"),
        ("private.jwk", "{\"kty\": \"EC\", \"crv\": \"P-256\", \"d\": \"@R\"}\n"),
        ("chart/templates/x.yaml", "password: {{ .Values.db.password | default \"@P\" | quote }}\n"),
        ("app.conf.j2", "x = {{ db_password | default('@P') }}\n"),
        ("values.yaml", "passwords: [\"@P\"]\n"),
        ("values.yaml", "replicaSetKey: @R\n"),
        ("compose.prod.yml", "VAULT_DEV_ROOT_TOKEN_ID: @U\n"),
        ("application.yml", "password: \"{noop}@P\"\n"),
        ("a.py", "session.auth = (\"svc\", \"@P\")\n"),
        // words in a row, and a password that is a UUID
        ("app.yaml", "password: @W\n"),
        ("a.py", "DB_PASSWORD = \"@W\"\n"),
        ("app.yaml", "db_password: @U\n"),
        ("app.properties", "datenbank.passwort=@P\n"),
        ("app.yaml", "alertmanager:\n  routing_key: @H\n"),
    ];
    // a value that is drawn may look like words: each case has three
    let mut dice = [0x5EED, 0x0DDB_A115, 7].map(Dice);
    let mut wrong = Vec::new();
    for (path, text) in cases {
        let is_found = dice.iter_mut().any(|dice| {
            let (text, values) = fill(text, dice);
            let found = verdicts(path, text.as_bytes());
            let whole = values.iter().all(|value| found.iter().any(|(.., found)| text[found.at.range()].ends_with(value.as_str())));
            whole && found.len() == 1 && found[0].0 == Some(Verdict::Cap0)
        });
        if !is_found {
            wrong.push(format!("{path}: {text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_stands_around_a_value_says_that_it_is_none() {
    let cases = [
        ("a.yaml", "kind: signature\nhmac: @H\n"),
        ("run.sh", "f() {\n  local token status=0\n  load_key server1.pem/x\n}\n"),
        ("run", "#!/bin/sh\nread -r password retries=3\n"),
        ("sip.conf", "md5secret=@H\n"),
        ("strings.xml", "<string name=\"label_password\">Password</string>\n"),
        ("strings.xml", "<string name=\"error_token\">Token@R</string>\n"),
        ("fstab", "//nas/x /mnt cifs credentials=/etc/cifs.cred,vers=3.0 0 0\n"),
        ("ci.yml", "- add_ssh_keys: {fingerprints: [\"7b:2c:91:aa:3d:10:ff:81:22:c4:a9:01:6e:55:90:be\"]}\n"),
        ("a.js", "const firebase = { apiKey: \"AIza@R\" };\n"),
        ("a.js", "jwt.sign(payload, process.env.KEY, {});\njwt.verify(token, 'the-signing-key');\n"),
        ("a.js", "const keys = ['@H'];\nconst sortKey = { key: '@H' };\n"),
        ("a.js", "const session = { store_key: '@R' };\n"),
        ("a.go", "obj.Data[\"key\"] = []byte(\"SGVsbG8gd29ybGQgYW5kIGFsbA==\")\n"),
        ("a.go", "if password == \"not-equal-passwords\" {}\n"),
        ("a.py", "password = \"wrong-password-format\"\nTOKEN = \"access-token-missing\"\n"),
        ("a.html", "<input name=\"password\" class=\"form-control-large\">\n"),
        ("app.yaml", "password: orders-db-credentials\nadminPassword: grafana-admin-secret\n"),
        ("app.yaml", "tokens:\n  primary: \"#336699\"\n  spacing: large\n  name: @H\n"),
        ("app.yaml", "secrets:\n  db:\n    external: true\n    name: orders\n"),
        ("run.sh", "htpasswd -n admin\nrabbitmqctl add_user svc \"$PW\"\nopenssl rsa -passin pass:$PW -in x\n"),
        ("run.sh", "aws configure set region eu-west-1\nvault kv put secret/x password=@/run/pw\n"),
        ("run.sh", "echo \"password hunter22\"\ngrep password \"file1\"\n"),
        ("pam.conf", "password required pam_unix.so\npassword sufficient pam_sss2.so use_authtok\n"),
        ("jwks.json", "{\"keys\": [{\"kty\": \"EC\", \"crv\": \"P-256\", \"x\": \"@R\", \"y\": \"@R\"}]}\n"),
        (
            "chart/templates/x.yaml",
            "name: {{ .Values.secretName | default \"orders-db1\" }}\npassword: {{ required \"db1\" .Values.password }}\n",
        ),
        ("users.csv", "username,password_hash,token_id\nbob,@H,@U\n"),
        ("main.tf", "variable \"token\" {\n  description = \"@R\"\n}\npassword_wo_version = 3\n"),
        ("schema.json", "{\"properties\": {\"token\": {\"type\": \"string\", \"pattern\": \"^[a-z0-9]{32}$\", \"default\": \"\"}}}\n"),
        ("action.yml", "inputs:\n  token:\n    description: The token\n    default: ${{ github.token }}\n"),
        ("README.md", "[call](https://zoom.us/meeting/1?password=@U&invite=true)\n"),
        (".github/workflows/ci.yml", "services: {pg: {env: {POSTGRES_PASSWORD: postgres}}}\n"),
        ("router.cfg", "enable secret 5 $1$mERr$hx5rVt7rPNoS4wqbXKX7m0\n"),
    ];
    let mut dice = Dice(0x5EED);
    let mut wrong = Vec::new();
    for (path, text) in cases {
        let (text, _) = fill(text, &mut dice);
        let found = verdicts(path, text.as_bytes());
        if found.iter().any(|(verdict, ..)| matches!(verdict, Some(Verdict::Cap0 | Verdict::Cap1 | Verdict::Review))) {
            wrong.push(format!("{path}: {text}{found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_line_of_a_file_in_a_secret_is_found_where_it_stands() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  app.yaml: |\n    db:\n      user: app\n      \
                password: Lantern-willow47\n    smtp_password: Orchid#Meadow51\n";
    let found = verdicts("deploy/secret.yaml", text.as_bytes());
    let lines: Vec<usize> = found.iter().map(|(_, line, _)| *line).collect();
    assert_eq!(lines, [8, 9], "{found:?}");
    assert!(found.iter().all(|(verdict, ..)| *verdict == Some(Verdict::Cap0)));
}
