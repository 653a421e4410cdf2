use serde_json::Value;
use ztctl::report::Sarif;

use super::nasty::{Clean, Nasty};
use super::{snapshot, write};

#[test]
fn sarif() {
    let text = write(&Sarif, &Nasty::new().report());
    snapshot!("sarif", &text);
    snapshot!("sarif-clean", write(&Sarif, &Clean::new().report()));
}

#[test]
fn results_hold_together() {
    let nasty = Nasty::new();
    let log: Value = serde_json::from_str(&write(&Sarif, &nasty.report())).expect("JSON");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), nasty.findings.len() + 2);
    for result in results {
        let index = result["ruleIndex"].as_u64().expect("an index") as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        // code scanning refuses a whole log for one result without a place
        let location = &result["locations"][0]["physicalLocation"];
        let uri = location["artifactLocation"]["uri"].as_str().expect("an address");
        assert!(uri.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/%:".contains(&b)), "{uri}");
        if let Some(region) = location.get("region").filter(|region| region.get("endLine").is_some()) {
            let place = |line: &str, column: &str| (region[line].as_u64(), region[column].as_u64());
            assert!(place("startLine", "startColumn") <= place("endLine", "endColumn"));
        }
        for fix in result["fixes"].as_array().into_iter().flatten() {
            assert!(!fix["artifactChanges"][0]["replacements"].as_array().expect("replacements").is_empty());
        }
    }
    let odd = results.iter().find(|r| r["ruleId"] == "odd-string").expect("the result");
    assert!(
        odd["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            .as_str()
            .expect("an address")
            .starts_with("a%20b/%C3%BC%25%2C%3A")
    );
    assert_eq!(odd["relatedLocations"].as_array().map(Vec::len), Some(4));
}
