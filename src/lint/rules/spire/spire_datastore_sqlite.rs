use crate::lint::rules::prelude::*;
use crate::model::spire;

declare_rule! {
    SpireDatastoreSqlite {
        id: "spire-datastore-sqlite",
        group: "spire",
        summary: "a SPIRE server that keeps its registrations in SQLite",
        why: "SQLite is a file of one server: a second server cannot share it, so there is no high availability, and when the \
              volume is lost all registrations are. While the server is down no identity is renewed. SPIRE recommends PostgreSQL or \
              MySQL for production.\n\n\
              A server on a single edge node has no use for more: silence the rule there.",
        bad: hcl("server {\n  trust_domain = \"shop.example\"\n}\nplugins {\n  DataStore \"sql\" {\n    plugin_data {\n      database_type = \"sqlite3\"\n      connection_string = \"/run/spire/data/datastore.sqlite3\"\n    }\n  }\n}\n"),
        good: hcl("server {\n  trust_domain = \"shop.example\"\n}\nplugins {\n  DataStore \"sql\" {\n    plugin_data {\n      database_type = \"postgres\"\n      connection_string = \"${DATABASE}\"\n    }\n  }\n}\n"),
        recommended: true,
        source: "https://github.com/spiffe/spire/blob/main/doc/plugin_server_datastore_sql.md",
    }
}

impl Rule for SpireDatastoreSqlite {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        for entry in spire::data_stores(&document.root).into_iter().filter_map(|data| spire::field(data, "database_type")) {
            match entry.value.as_str() {
                Some("sqlite3") => {}
                Some(text) if spire::is_opaque(text) => {
                    cx.withhold();
                    continue;
                }
                _ => continue,
            }
            if let Some(report) = cx.report(&entry.origin, "registrations are kept in `sqlite3`, a file of one server") {
                report.help("use `postgres` or `mysql`, which several servers share");
            }
        }
    }
}
