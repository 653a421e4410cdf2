//! Secrets put into files of many formats: how many are found.

use std::fmt::Write;

use data_encoding::BASE64;
use ztctl::secrets::{Check, Class, Verdict};

use super::makers::{Dice, jwt, private_key, rsa_key, tokens};
use super::verdicts;

/// A file, and the lines that hold a secret.
struct Planted {
    path: &'static str,
    text: String,
    lines: Vec<(usize, String)>,
}

impl Planted {
    fn new(path: &'static str) -> Self {
        Self { path, text: String::new(), lines: Vec::new() }
    }

    /// Adds a text whose first line holds a secret.
    fn secret(mut self, what: &str, text: impl AsRef<str>) -> Self {
        let line = self.text.lines().count() + 1;
        let shown = what.to_owned();
        self.lines.push((line, shown));
        let _ = writeln!(self.text, "{}", text.as_ref());
        self
    }

    fn plain(mut self, text: &str) -> Self {
        let _ = writeln!(self.text, "{text}");
        self
    }
}

/// Passwords of people, as they look.
fn people() -> Vec<String> {
    let year = 2024;
    vec![
        format!("Winter{year}!"),
        ["gr33n", "Tractor", "77"].join("-"),
        ["Tr0ub4dor", "3"].join("&"),
        format!("Acme{}{}", "#Prod", 99),
        ["blue", "Monkey", "42"].concat(),
        ["xK9", "pQ2", "mZ"].concat(),
        format!("S3cure{}{year}", "Pass!"),
        ["letme", "1n", "now!"].concat(),
    ]
}

fn files(dice: &mut Dice) -> Vec<Planted> {
    let human = people();
    let h = |at: usize| human[at % human.len()].clone();
    let b64 = |text: &str| BASE64.encode(text.as_bytes());
    let mut out = Vec::new();

    // one file of environment variables with every provider's token
    let mut env = Planted::new("deploy/all.env");
    for (what, token) in tokens(dice) {
        env = env.secret(what, format!("VALUE_{}={token}", what.replace('-', "_").to_uppercase()));
    }
    out.push(env);
    // and the same kinds in source code, without a telling name
    let mut code = Planted::new("src/clients.go").plain("package clients\n");
    for (at, (what, token)) in tokens(dice).into_iter().enumerate() {
        code = code.secret(what, format!("var client{at} = NewClient(\"{token}\")"));
    }
    out.push(code);

    out.push(
        Planted::new("src/settings.py")
            .secret("django key", format!("SECRET_KEY = '{}'", dice.pick("abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)", 50)))
            .plain("DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'NAME': 'orders', 'USER': 'orders',")
            .secret("django password", format!("    'PASSWORD': '{}', 'HOST': 'db'}}}}", h(0)))
            .secret("getenv default", format!("API_TOKEN = os.getenv('API_TOKEN', '{}')", dice.alnum(32)))
            .secret("dsn", format!("BROKER = 'amqp://orders:{}@mq.orders.svc:5672//'", h(3)))
            .secret("hex key", format!("SIGNING_KEY = \"{}\"", dice.hex(64)))
            .secret("keyword argument", format!("client = Client(user='orders', password='{}')", h(1))),
    );
    out.push(
        Planted::new("src/Config.java")
            .secret("field", format!("  private static final String DB_PASSWORD = \"{}\";", h(0)))
            .secret("setter", format!("  dataSource.setPassword(\"{}\");", h(4)))
            .secret("jdbc", format!("  String url = \"jdbc:postgresql://db/orders?user=app&password={}\";", h(2).replace('&', "_")))
            .secret("builder", format!("  .password(\"{}\")", h(6)))
            .secret("api key", format!("  String apiKey = \"{}\";", dice.alnum(40))),
    );
    out.push(
        Planted::new("src/config.ts")
            .secret("fallback", format!("const password = process.env.DB_PASSWORD || '{}';", h(0)))
            .secret("typed", format!("const jwtSecret: string = \"{}\";", dice.alnum(48)))
            .secret("property", format!("export default {{ apiSecret: '{}' }};", dice.base64(40)))
            .secret("header", format!("headers: {{ Authorization: 'Bearer {}' }},", dice.alnum(40)))
            .secret("jwt", format!("const t = '{}';", jwt(dice, "{\"sub\":\"orders\",\"exp\":4102444800}")))
            .secret("mongo", format!("mongoose.connect('mongodb+srv://orders:{}@cluster0.ab1cd.mongodb.net/orders');", dice.alnum(16))),
    );
    out.push(
        Planted::new("src/main.go")
            .plain("package main")
            .secret("const", format!("const dbPassword = \"{}\"", h(1)))
            .secret("bytes", format!("var signingKey = []byte(\"{}\")", dice.alnum(32)))
            .secret("struct", format!("\tPassword: \"{}\",", h(6)))
            .secret("typed", format!("var apiToken string = \"{}\"", dice.hex(40)))
            .secret("dsn", format!("db, err := sql.Open(\"postgres\", \"host=db user=app password={} dbname=orders\")", h(5))),
    );
    out.push(
        Planted::new("src/Program.cs")
            .secret("connection", format!("var c = \"Server=db;Database=orders;User Id=app;Password={};\";", h(0)))
            .secret("credential", format!("string clientSecret = \"{}\";", dice.alnum(36)))
            .secret("literal", format!("Password = @\"{}\",", h(3))),
    );
    out.push(
        Planted::new("src/app.rb")
            .secret("hash rocket", format!("  :password => '{}',", h(0)))
            .secret("symbol", format!("  api_key: '{}',", dice.alnum(32)))
            .secret("fetch", format!("PW = ENV.fetch('DB_PASSWORD', '{}')", h(4))),
    );
    out.push(
        Planted::new("src/config.php")
            .plain("<?php")
            .secret("define", format!("define('DB_PASSWORD', '{}');", h(6)))
            .secret("array", format!("  'password' => '{}',", h(1)))
            .secret("variable", format!("$secret_key = '{}';", dice.alnum(40))),
    );
    out.push(
        Planted::new("src/Main.kt")
            .secret("val", format!("val apiKey: String = \"{}\"", dice.hex(32)))
            .secret("named", format!("connect(user = \"app\", password = \"{}\")", h(0))),
    );
    out.push(
        Planted::new("src/lib.rs")
            .secret("const", format!("const API_TOKEN: &str = \"{}\";", dice.alnum(40)))
            .secret("from", format!("let password = String::from(\"{}\");", h(3))),
    );
    out.push(
        Planted::new("deploy/app.yaml")
            .plain("kind: Deployment\nspec:")
            .secret("env list", format!("- {{name: DB_PASSWORD, value: {}}}", h(1)))
            .plain("- name: API_TOKEN")
            .secret("env pair", format!("  value: {}", dice.alnum(32)))
            .secret("plain", format!("adminPassword: {}", h(0)))
            .secret("quoted", format!("clientSecret: \"{}\"", dice.base64(43)))
            .plain("password: |")
            .secret("block", format!("  {}", h(6)))
            .secret("list item", format!("- REDIS_PASSWORD={}", h(5)))
            .secret("word", "rootPassword: sunflower")
            .secret("redis", format!("url: redis://:{}@cache:6379/0", h(4))),
    );
    out.push(
        Planted::new("k8s/secret.yaml")
            .plain("apiVersion: v1\nmetadata: {name: orders}\ndata:")
            .secret("coded", format!("  password: {}", b64(&h(0))))
            .secret("coded word", format!("  login-phrase: {}", b64("sunflower")))
            .secret("coded random", format!("  api-key: {}", b64(&dice.alnum(32))))
            .secret("coded key", format!("  tls.key: {}", b64(&private_key(dice))))
            .secret("coded dsn", format!("  url: {}", b64(&format!("postgres://app:{}@db/orders", h(3)))))
            .plain("stringData:")
            .secret("plain", format!("  token: {}", dice.alnum(24)))
            .plain("kind: Secret"),
    );
    out.push(
        Planted::new("k8s/secret.json")
            .plain("{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"metadata\": {\"name\": \"a\"}, \"data\": {")
            .secret("json", format!("\"password\": \"{}\"", b64(&h(4))))
            .plain("}}"),
    );
    out.push(
        Planted::new("k8s/kustomization.yaml")
            .plain("secretGenerator:\n- name: orders\n  literals:")
            .secret("literal", format!("  - password={}", h(1)))
            .secret("literal", format!("  - api={}", dice.alnum(30))),
    );
    out.push(
        Planted::new("config/docker.json")
            .secret("registry", format!("{{\"auths\": {{\"registry.acme.dev\": {{\"auth\": \"{}\"}}}}}}", b64(&format!("ci:{}", h(0))))),
    );
    out.push(
        Planted::new("config/kubeconfig.yaml")
            .plain("kind: Config\nusers:\n- name: admin\n  user:")
            .secret("client key", format!("    client-key-data: {}", b64(&rsa_key(dice))))
            .secret("token", format!("    token: {}", dice.alnum(40))),
    );
    let claims = "{\"iss\":\"kubernetes/serviceaccount\",\"sub\":\"system:serviceaccount:orders:default\"}";
    out.push(Planted::new("config/account.yaml").secret("service account", format!("token: {}", jwt(dice, claims))));
    out.push(
        Planted::new("config/account.json")
            .plain("{\"type\": \"service_account\", \"project_id\": \"orders\",")
            .secret("google", format!("\"private_key\": \"{}\"}}", rsa_key(dice).replace('\n', "\\n"))),
    );
    out.push(
        Planted::new("config/appsettings.json")
            .plain("{")
            .secret("connection", format!("\"Default\": \"Server=db;Database=o;User Id=app;Password={}\",", h(6)))
            .secret("secret", format!("\"ClientSecret\": \"{}\",", dice.alnum(40)))
            .secret("password", format!("\"Password\": \"{}\"", h(0)))
            .plain("}"),
    );
    out.push(
        Planted::new("terraform/main.tf")
            .secret("provider", format!("  access_key = \"AKIA{}\"", dice.base32(16)))
            .secret("secret key", format!("  secret_key = \"{}\"", dice.base64(40)))
            .secret("password", format!("  password = \"{}\"", h(3)))
            .secret("version", format!("  secret_string = \"{}\"", dice.alnum(40)))
            .secret("default", format!("variable \"db_password\" {{\n  default = \"{}\"\n}}", h(1))),
    );
    out.push(
        Planted::new("terraform/prod.tfvars")
            .secret("password", format!("db_password = \"{}\"", h(0)))
            .secret("token", format!("api_token = \"{}\"", dice.alnum(36)))
            .secret("datadog", format!("datadog_api_key = \"{}\"", dice.hex(32))),
    );
    out.push(
        Planted::new("config/app.toml")
            .secret("password", format!("password = \"{}\"", h(4)))
            .secret("key", format!("api-key = '{}'", dice.alnum(40))),
    );
    out.push(
        Planted::new("config/application.properties")
            .secret("password", format!("spring.datasource.password={}", h(0)))
            .secret("spaced", format!("app.client.secret = {}", dice.alnum(40)))
            .secret("fallback", format!("app.db.password=${{DB_PASSWORD:{}}}", h(6))),
    );
    out.push(
        Planted::new("config/app.ini")
            .plain("[db]")
            .secret("password", format!("password = {}", h(1)))
            .secret("token", format!("token: {}", dice.alnum(40))),
    );
    out.push(
        Planted::new("config/settings.xml")
            .secret("element", format!("<password>{}</password>", h(0)))
            .secret("attribute", format!("<user name=\"app\" password=\"{}\"/>", h(3)))
            .secret("add", format!("<add key=\"DbPassword\" value=\"{}\"/>", h(6))),
    );
    out.push(
        Planted::new("Dockerfile")
            .plain("FROM scratch")
            .secret("env", format!("ENV DB_PASSWORD={}", h(1)))
            .secret("old env", format!("ENV API_TOKEN {}", dice.alnum(32)))
            .secret("arg", format!("ARG NPM_TOKEN={}", dice.checked("npm_"))),
    );
    out.push(
        Planted::new("deploy/run.sh")
            .secret("export", format!("export DB_PASSWORD='{}'", h(0)))
            .secret("flag", format!("psql --password {} -h db", h(5)))
            .secret("joined flag", format!("redis-cli --password={}", h(1)))
            .secret("java", format!("java -Ddb.password={} -jar app.jar", h(4)))
            .secret("curl", format!("curl -u deploy:{} https://nexus.acme.dev/", h(6).replace('&', "_")))
            .secret("basic", format!("curl -H 'Authorization: Basic {}' https://acme.dev", b64(&format!("deploy:{}", h(0)))))
            .secret("url", format!("git clone https://ci:{}@git.acme.dev/orders.git", dice.alnum(24))),
    );
    out.push(
        Planted::new("docker-compose.prod.yml")
            .plain("services:\n  db:\n    environment:")
            .secret("map", format!("      POSTGRES_PASSWORD: {}", h(0)))
            .secret("list", format!("      - API_SECRET={}", dice.alnum(40)))
            .secret("fallback", format!("      - DB_PASSWORD=${{DB_PASSWORD:-{}}}", h(6))),
    );
    out.push(Planted::new(".npmrc").secret("npm", format!("//registry.npmjs.org/:_authToken={}", dice.checked("npm_"))));
    out.push(Planted::new(".netrc").secret("netrc", format!("machine api.acme.dev login ci password {}", h(1))));
    out.push(Planted::new("keys/server.key").secret("pem", rsa_key(dice)));
    out.push(Planted::new("keys/id_ed25519").secret("pem", private_key(dice)));
    out.push(
        Planted::new(".github/workflows/ci.yml")
            .plain("jobs:\n  build:\n    env:")
            .secret("env", format!("      SONAR_TOKEN: {}", dice.hex(40)))
            .secret("with", format!("      password: {}", h(3))),
    );
    out.push(Planted::new("db/init.sql").secret("identified", format!("ALTER USER app WITH PASSWORD '{}';", h(0))));
    out
}

#[test]
fn planted_secrets_are_found() {
    let (mut all, mut missed, mut formats) = (0, Vec::new(), std::collections::BTreeSet::new());
    for seed in [7, 0x5EED, 0x0DDB_A115] {
        let mut dice = Dice(seed);
        for file in files(&mut dice) {
            let name = file.path.rsplit('/').next().expect("a name");
            formats.insert(name.rsplit('.').next().expect("a part").to_owned());
            let found = verdicts(file.path, file.text.as_bytes());
            for (line, what) in &file.lines {
                all += 1;
                // texts of several lines are found on one of them
                let hit = |at: usize| at == *line || at > *line && at <= line + 2 && !file.lines.iter().any(|(other, _)| *other == at);
                let capping = |verdict: &Option<Verdict>| matches!(verdict, Some(Verdict::Cap0 | Verdict::Review | Verdict::Leaked));
                if !found.iter().any(|(verdict, at, _)| hit(*at) && capping(verdict)) {
                    missed.push(format!("{}:{line} {what}", file.path));
                }
            }
        }
    }
    let recall = 100.0 * (all - missed.len()) as f64 / all as f64;
    println!("{} of {all} planted secrets in {} formats found: {recall:.1} %\n{}", all - missed.len(), formats.len(), missed.join("\n"));
    assert!(all >= 3 * 150 && formats.len() >= 15, "{all} secrets in {} formats", formats.len());
    assert!(recall >= 95.0, "{recall:.1} %\n{}", missed.join("\n"));
}

#[test]
fn each_token_is_known_by_its_issuer() {
    let mut dice = Dice(99);
    let mut wrong = Vec::new();
    for (what, token) in tokens(&mut dice) {
        let found = verdicts("src/main.go", format!("x := \"{token}\"\n").as_bytes());
        if !found.iter().any(|(_, _, found)| found.secret.detector.id == what && found.secret.class == Class::Provider) {
            wrong.push(format!("{what}: {:?}", found.iter().map(|(.., found)| found.secret.detector.id).collect::<Vec<_>>()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_checksum_that_is_right_caps_in_tests_as_well() {
    let mut dice = Dice(3);
    let right = dice.checked("ghp_");
    let found = verdicts("tests/client_test.go", format!("x := \"{right}\"\n").as_bytes());
    assert_eq!(found.len(), 1);
    assert!(found[0].2.secret.checks.has(Check::Checksum));
    assert_eq!(found[0].0, Some(Verdict::Cap0));
    let wrong = format!("ghp_{}", dice.alnum(36));
    let found = verdicts("tests/client_test.go", format!("x := \"{wrong}\"\n").as_bytes());
    assert_eq!(found[0].0, Some(Verdict::Review));
}

#[test]
fn a_place_alone_says_what_is_a_password() {
    let mut dice = Dice(17);
    let random = dice.alnum(32);
    let password = "Lantern-willow47";
    let cases = [
        ("db/.pgpass", format!("*:5432:app:svc:{password}\n")),
        (".netrc", format!("machine git.corp.io\n  login ci\n  password {password}\n")),
        ("conf/msmtprc", format!("account x\npassword {password}\n")),
        ("conf/ldap.conf", format!("bind_pw = {password}\n")),
        ("run.sh", format!("mysql -u root -p{password} app < dump.sql\n")),
        ("run.sh", format!("sshpass -p '{password}' ssh deploy@host\n")),
        ("run.sh", format!("redis-cli -h r -a {password} ping\n")),
        ("run.sh", format!("docker login \\\n  -u ci -p {password} registry.corp.io\n")),
        ("run.sh", format!("echo \"{password}\" | docker login --password-stdin -u ci\n")),
        ("ci.yml", format!("    - run: az login --service-principal -u app -p {random} --tenant t\n")),
        ("compose.prod.yml", format!("    command: redis-server --requirepass {password}\n")),
        ("deploy.yaml", format!("        args:\n        - --token\n        - {random}\n")),
        ("a.py", format!("requests.get(url, auth=(\"svc\", \"{password}\"))\n")),
        ("a.go", format!("req.SetBasicAuth(\"svc\", \"{password}\")\n")),
        ("a.go", format!("sql.Open(\"mysql\", \"app:{password}@tcp(db:3306)/app\")\n")),
        ("A.java", format!("DriverManager.getConnection(f(\"a\", 1), \"app\", \"{password}\");\n")),
        ("A.cs", format!("public string ApiKey {{ get; set; }} = \"{random}\";\n")),
        ("a.rs", format!("client.bearer_auth(\"{random}\")\n")),
        ("a.sql", format!("CREATE USER 'app'@'%' IDENTIFIED BY '{password}';\n")),
        ("a.sql", format!("CREATE LOGIN app WITH PASSWORD = N'{password}';\n")),
        ("a.sql", format!("CREATE USER a IDENTIFIED WITH mysql_native_password BY '{password}';\n")),
        ("a.sql", format!("INSERT INTO users (id, name, password) VALUES (1, 'ops', '{password}'), (2, 'x', NULL);\n")),
        ("nginx.conf", format!("  proxy_set_header X-Api-Key {random};\n")),
        ("users.acl", format!("user app on >{password} ~* +@all\n")),
        ("config/initializers/a.rb", format!("config.omniauth :github, 'id', '{random}'\n")),
        ("secrets.json", format!("{{\"Authentication:Google:ClientSecret\": \"{random}\"}}\n")),
        ("map.yaml", format!("data:\n  log4j.xml: |\n    <Property name=\"password\">{password}</Property>\n")),
        ("map.yaml", format!("data:\n  fluent.conf: |\n    user elastic\n    password {password}\n")),
        ("env.php", format!("<?php return ['crypt' => ['key' => '{random}']];\n")),
        ("ops.py", format!("ftp = FTP(\"host\", \"ops\", \"{password}\")\n")),
        ("db.js", format!("db.auth(\"admin\", \"{password}\")\n")),
        ("ipsec.secrets", format!("ops : EAP \"{password}\"\n")),
        ("fetchmailrc", format!("poll mail.corp.io proto imap user \"ops\" password \"{password}\"\n")),
        ("x.tfstate", format!("{{\"version\":4,\"outputs\":{{\"db\":{{\"value\":\"{random}\",\"sensitive\":true}}}}}}\n")),
        ("app.env", format!("MSG=\"A=1\\nDB_PASSWORD={password}\\n\"\n")),
        (
            "deploy.sh",
            format!("kubectl apply -f - <<EOF\napiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData:\n  other: {random}\nEOF\n"),
        ),
        ("x.tfstate", format!("{{\"version\":4,\"outputs\":{{\"db_password\":{{\"value\":\"{password}\",\"sensitive\":true}}}}}}\n")),
        (
            "x.tfstate",
            format!(
                "{{\"version\":4,\"resources\":[{{\"type\":\"random_password\",\"instances\":[{{\"attributes\":{{\"result\":\"{random}\"}}}}]}}]}}\n"
            ),
        ),
        (
            "x.tfstate",
            format!(
                "{{\"version\":4,\"resources\":[{{\"type\":\"x\",\"instances\":[{{\"attributes\":{{\"master\":\"{random}\"}},\"sensitive_attributes\":[[{{\"type\":\"get_attr\",\"value\":\"master\"}}]]}}]}}]}}\n"
            ),
        ),
    ];
    for (path, text) in &cases {
        let found = verdicts(path, text.as_bytes());
        let values: Vec<&str> = found.iter().map(|(.., found)| &text[found.at.range()]).collect();
        assert!(values == [password] || values == [random.as_str()], "{path} {text} {found:?}");
        assert_eq!(found[0].0, Some(Verdict::Cap0), "{path} {text}");
    }
}
