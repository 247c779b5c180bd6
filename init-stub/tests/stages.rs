//! The two tables of stages in `main.rs`, held to the event schema.

use serde_json::Value;

fn stages() -> Vec<String> {
    let text = include_str!("../src/main.rs");
    let rows = text.lines().filter_map(|line| line.trim().strip_prefix("(\"")?.split_once('"'));
    rows.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn every_stage_is_one_of_the_schema() {
    let schema: Value = serde_json::from_slice(include_bytes!("../../schema/event/v1.json")).unwrap();
    let known = schema.pointer("/definitions/Stage/enum").unwrap().as_array().unwrap();
    let stages = stages();
    assert_eq!(stages.len(), 20, "four stages of the initramfs and sixteen of the boot");
    for stage in stages {
        assert!(known.contains(&Value::from(stage.as_str())), "{stage}");
    }
}
