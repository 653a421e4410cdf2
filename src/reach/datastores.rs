//! Which workloads are datastores and brokers.

use crate::model::k8s::Pod;
use crate::model::k8s::pods::ContainerKind;
use crate::model::value::{Scalar, Value};

/// Words of images that are datastores or brokers.
const DATASTORES: [&str; 34] = [
    "postgres",
    "postgresql",
    "postgis",
    "mysql",
    "mariadb",
    "percona",
    "mongo",
    "mongodb",
    "redis",
    "valkey",
    "keydb",
    "memcached",
    "cassandra",
    "scylla",
    "elasticsearch",
    "opensearch",
    "kafka",
    "zookeeper",
    "rabbitmq",
    "nats",
    "etcd",
    "clickhouse",
    "cockroach",
    "cockroachdb",
    "minio",
    "influxdb",
    "couchdb",
    "neo4j",
    "mssql",
    "oracle",
    "timescaledb",
    "activemq",
    "pulsar",
    "dynamodb",
];

/// Ports of datastores and brokers, with what usually serves them.
const DATASTORE_PORTS: [(u16, &str); 15] = [
    (1433, "mssql"),
    (1521, "oracle"),
    (2379, "etcd"),
    (3306, "mysql"),
    (5432, "postgres"),
    (5672, "rabbitmq"),
    (5984, "couchdb"),
    (6379, "redis"),
    (8086, "influxdb"),
    (9042, "cassandra"),
    (9092, "kafka"),
    (9200, "elasticsearch"),
    (11211, "memcached"),
    (27017, "mongodb"),
    (26257, "cockroachdb"),
];

/// The datastore that a pod runs: by a word of an image's own name, else by a port that it serves. Exporters and clients are none.
#[must_use]
pub fn datastore(pod: &Pod<'_>) -> Option<&'static str> {
    let main = || pod.containers().filter(|container| container.kind == ContainerKind::Main);
    for container in main() {
        let Some(image) = container.image() else { continue };
        let image = image.split('@').next().unwrap_or(image);
        let last = image.rsplit('/').next().unwrap_or(image);
        let name = last.split(':').next().unwrap_or(last).to_ascii_lowercase();
        let words: Vec<&str> = name.split(['-', '_', '.']).collect();
        let aside = ["exporter", "operator", "client", "backup", "ui", "admin", "connect", "migrate", "migrations", "proxy", "metrics"];
        if words.iter().any(|word| aside.contains(word)) {
            continue;
        }
        if let Some(found) = DATASTORES.into_iter().find(|word| words.contains(word)) {
            return Some(found);
        }
    }
    let served = main().flat_map(|container| container.ports()).filter_map(|item| match &item.get("containerPort")?.value {
        Value::Scalar(Scalar::Number(text)) => text.parse::<u16>().ok(),
        _ => None,
    });
    let ports: Vec<u16> = served.collect();
    DATASTORE_PORTS.into_iter().find(|(port, _)| ports.contains(port)).map(|(_, name)| name)
}
