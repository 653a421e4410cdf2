//! Names of databases.

use crate::secrets::value::words;

/// Whether a name is about a database.
pub(super) fn is_database(name: &str) -> bool {
    const WORDS: [&str; 26] = [
        "db",
        "database",
        "databases",
        "postgres",
        "postgresql",
        "pg",
        "pgpassword",
        "psql",
        "mysql",
        "mariadb",
        "mongo",
        "mongodb",
        "redis",
        "valkey",
        "sql",
        "mssql",
        "sqlserver",
        "oracle",
        "jdbc",
        "dsn",
        "cassandra",
        "cockroach",
        "cockroachdb",
        "rds",
        "aurora",
        "datasource",
    ];
    words(name).iter().any(|word| WORDS.contains(&word.as_str()) || word.ends_with("db") && word.len() > 2)
}
