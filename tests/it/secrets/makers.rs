//! Secrets made at test time: the sources hold none.

/// A small generator of numbers (xorshift), so that runs repeat.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub(super) fn pick(&mut self, set: &str, count: usize) -> String {
        let set: Vec<char> = set.chars().collect();
        (0..count).map(|_| set[(self.next() >> 33) as usize % set.len()]).collect()
    }

    pub(super) fn alnum(&mut self, count: usize) -> String {
        self.pick("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", count)
    }

    pub(super) fn hex(&mut self, count: usize) -> String {
        self.pick("0123456789abcdef", count)
    }

    pub(super) fn upper(&mut self, count: usize) -> String {
        self.pick("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", count)
    }

    pub(super) fn lower(&mut self, count: usize) -> String {
        self.pick("0123456789abcdefghijklmnopqrstuvwxyz", count)
    }

    pub(super) fn digits(&mut self, count: usize) -> String {
        self.pick("123456789", count)
    }

    pub(super) fn base32(&mut self, count: usize) -> String {
        self.pick("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", count)
    }

    pub(super) fn base64(&mut self, count: usize) -> String {
        self.pick("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/", count)
    }

    pub(super) fn uuid(&mut self) -> String {
        [8, 4, 4, 4, 12].map(|count| self.hex(count)).join("-")
    }

    pub(super) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| (self.next() >> 40) as u8).collect()
    }

    /// A body with its CRC-32 behind it, as GitHub and npm write them.
    pub(super) fn checked(&mut self, prefix: &str) -> String {
        let body = self.alnum(30);
        let sum = crc62(body.as_bytes());
        format!("{prefix}{body}{sum}")
    }
}

/// Written apart from the product's own, bit by bit.
pub(super) fn crc62(body: &[u8]) -> String {
    let mut crc = !0u32;
    for byte in body {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    crc = !crc;
    let digits: Vec<char> = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".chars().collect();
    let mut out = ['0'; 6];
    for place in out.iter_mut().rev() {
        *place = digits[(crc % 62) as usize];
        crc /= 62;
    }
    out.iter().collect()
}

/// A private key as PKCS #8 has those of Ed25519 (RFC 8410).
pub(super) fn private_key(dice: &mut Dice) -> String {
    let mut der = vec![0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    der.extend(dice.bytes(32));
    pem("PRIVATE KEY", &der)
}

/// The frame of a key of RSA around noise: length and first number are right.
pub(super) fn rsa_key(dice: &mut Dice) -> String {
    let mut der = vec![0x30, 0x82, 0x02, 0x5c, 0x02, 0x01, 0x00];
    der.extend(dice.bytes(0x25c - 3));
    pem("RSA PRIVATE KEY", &der)
}

pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let packed = data_encoding::BASE64.encode(der);
    let lines: Vec<&str> = packed.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("base 64")).collect();
    format!("-----{} {label}-----\n{}\n-----END {label}-----\n", "BEGIN", lines.join("\n"))
}

/// A JSON web token with claims of its own.
pub(super) fn jwt(dice: &mut Dice, claims: &str) -> String {
    let part = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
    let signature = data_encoding::BASE64URL_NOPAD.encode(&dice.bytes(32));
    format!("{}.{}.{signature}", part("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"), part(claims))
}

/// Tokens of providers: what they are, and one each.
pub(super) fn tokens(dice: &mut Dice) -> Vec<(&'static str, String)> {
    let d = dice;
    vec![
        ("github-pat", d.checked("ghp_")),
        ("github-oauth", d.checked("gho_")),
        ("github-app", d.checked("ghs_")),
        ("github-app-user", d.checked("ghu_")),
        ("github-refresh", d.checked("ghr_")),
        ("github-fine-grained", format!("github_{}_{}_{}", "pat", d.alnum(22), d.alnum(59))),
        ("npm-token", d.checked("npm_")),
        ("gitlab-pat", format!("glpat-{}", d.alnum(20))),
        ("gitlab-pat", format!("glpat-{}.01.{}", d.alnum(27), d.lower(9))),
        ("gitlab-trigger", format!("glptt-{}", d.hex(40))),
        ("gitlab-deploy", format!("gldt-{}", d.alnum(20))),
        ("gitlab-runner", format!("glrt-{}", d.alnum(20))),
        ("pypi-token", format!("pypi-AgEIcHlwaS5vcmc{}", d.alnum(80))),
        ("rubygems-token", format!("rubygems_{}", d.hex(48))),
        ("crates-io-token", format!("cio{}", d.alnum(32))),
        ("docker-hub-pat", format!("dckr_pat_{}", d.alnum(27))),
        ("aws-access-key", format!("AKIA{}", d.base32(16))),
        ("aws-session-key", format!("ASIA{}", d.base32(16))),
        ("google-api-key", format!("AIza{}", d.alnum(35))),
        ("google-oauth-secret", format!("GOCSPX-{}", d.alnum(28))),
        ("google-access-token", format!("ya29.{}", d.alnum(60))),
        ("azure-client-secret", format!("{}8Q~{}", d.alnum(3), d.alnum(34))),
        ("digitalocean-pat", format!("dop_v1_{}", d.hex(64))),
        ("databricks-token", format!("dapi{}", d.hex(32))),
        ("grafana-service-account", format!("glsa_{}_{}", d.alnum(32), d.hex(8))),
        ("grafana-cloud-token", format!("glc_{}", d.base64(80))),
        ("sentry-user-token", format!("sntryu_{}", d.hex(64))),
        ("new-relic-user-key", format!("NRAK-{}", d.upper(27))),
        ("dynatrace-token", format!("dt0c01.{}.{}", d.upper(24), d.upper(64))),
        ("vault-service-token", format!("hvs.{}", d.alnum(90))),
        ("vault-batch-token", format!("hvb.{}", d.alnum(120))),
        ("terraform-cloud-token", format!("{}.atlasv1.{}", d.alnum(14), d.alnum(67))),
        ("pulumi-token", format!("pul-{}", d.hex(40))),
        ("doppler-token", format!("dp.pt.{}", d.alnum(43))),
        ("age-secret-key", format!("AGE-SECRET-KEY-1{}", d.pick("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58))),
        ("planetscale-password", format!("pscale_pw_{}", d.alnum(43))),
        ("supabase-token", format!("sbp_{}", d.hex(40))),
        ("alibaba-access-key", format!("LTAI{}", d.alnum(20))),
        ("tencent-secret-id", format!("AKID{}", d.alnum(32))),
        ("yandex-api-key", format!("AQVN{}", d.alnum(36))),
        ("tailscale-key", format!("tskey-auth-{}-{}", d.alnum(17), d.alnum(32))),
        ("slack-bot-token", format!("xoxb-{}-{}-{}", d.digits(12), d.digits(12), d.alnum(24))),
        ("slack-user-token", format!("xoxp-{}-{}-{}-{}", d.digits(12), d.digits(12), d.digits(12), d.hex(32))),
        ("slack-app-token", format!("xapp-1-A{}-{}-{}", d.upper(10), d.digits(13), d.hex(64))),
        ("slack-webhook", format!("https://hooks.slack.com/services/T{}/B{}/{}", d.upper(10), d.upper(10), d.alnum(24))),
        ("discord-webhook", format!("https://discord.com/api/webhooks/{}/{}", d.digits(18), d.alnum(68))),
        ("telegram-bot-token", format!("{}:AA{}", d.digits(10), d.alnum(33))),
        ("sendgrid-key", format!("SG.{}.{}", d.alnum(22), d.alnum(43))),
        ("mailgun-key", format!("key-{}", d.hex(32))),
        ("mailchimp-key", format!("{}-us14", d.hex(32))),
        ("brevo-key", format!("xkeysib-{}-{}", d.hex(64), d.alnum(16))),
        ("stripe-live-key", format!("sk_{}_{}", "live", d.alnum(24))),
        ("stripe-live-restricted-key", format!("rk_{}_{}", "live", d.alnum(24))),
        ("stripe-webhook-secret", format!("whsec_{}", d.alnum(32))),
        ("square-personal-token", format!("sq0atp-{}", d.alnum(22))),
        ("square-secret", format!("sq0csp-{}", d.alnum(43))),
        ("openai-project-key", format!("sk-proj-{}T3BlbkFJ{}", d.alnum(74), d.alnum(74))),
        ("openai-key", format!("sk-{}T3BlbkFJ{}", d.alnum(20), d.alnum(20))),
        ("anthropic-key", format!("sk-ant-api03-{}AA", d.alnum(93))),
        ("huggingface-token", format!("hf_{}", d.alnum(34))),
        ("groq-key", format!("gsk_{}", d.alnum(52))),
        ("replicate-token", format!("r8_{}", d.alnum(37))),
        ("shopify-token", format!("shpat_{}", d.hex(32))),
        ("shopify-secret", format!("shpss_{}", d.hex(32))),
        ("linear-key", format!("lin_api_{}", d.alnum(40))),
        ("notion-token", format!("ntn_{}{}", d.digits(11), d.alnum(35))),
        ("airtable-pat", format!("pat{}.{}", d.alnum(14), d.hex(64))),
        ("figma-pat", format!("figd_{}", d.alnum(40))),
        ("atlassian-api-token", format!("ATATT3{}", d.alnum(186))),
        ("postman-key", format!("PMAK-{}-{}", d.hex(24), d.hex(34))),
        ("dropbox-token", format!("sl.{}", d.alnum(136))),
        ("easypost-key", format!("EZAK{}", d.alnum(54))),
        ("launchdarkly-sdk-key", format!("sdk-{}", d.uuid())),
        ("hubspot-token", format!("pat-na1-{}", d.uuid())),
        (
            "azure-storage-key",
            format!("DefaultEndpointsProtocol=https;AccountName=orders;AccountKey={}==;EndpointSuffix=core.windows.net", d.base64(86)),
        ),
    ]
}
