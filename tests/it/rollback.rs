//! The journal of an apply, and the way back that it shows.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use crate::support::{Run, World, forwarding, one_user};

/// What the account means, kept in the files of an import: the service may spell it otherwise next time,
/// and a rule that is made again has another id.
pub(crate) struct Remembered(TempDir);

impl Remembered {
    pub(crate) fn now(world: &World) -> Self {
        let folder = TempDir::new().unwrap();
        let import = world.run_in(folder.path(), &["import"]);
        assert_eq!(import.code, 0, "{}", import.err);
        Remembered(folder)
    }

    /// Whether the account means the same again.
    pub(crate) fn is_so(&self, world: &World) -> bool {
        let plan = world.run_in(self.0.path(), &["plan", "--detailed-exitcode"]);
        assert!(matches!(plan.code, 0 | 2), "{}", plan.err);
        plan.code == 0
    }
}

fn journals(world: &World) -> Vec<PathBuf> {
    let folder = world.path().join(".callrules/journal");
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_default();
    found.sort();
    found
}

fn roll_back(world: &World, journal: &str) -> Run {
    let back = format!("{journal}.back");
    let all = ["--auto-approve", "--max-emptied", "2", "--journal", &back];
    world.run(&[&["rollback", journal], &all[..]].concat())
}

/// Applies with a journal at a known place.
fn apply(world: &World) -> String {
    let journal = world
        .path()
        .join("apply.jsonl")
        .to_str()
        .unwrap()
        .to_owned();
    let run = world.run(&["apply", "--auto-approve", "--journal", &journal]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(
        run.err
            .contains(&format!("undo with `callrules rollback {journal}`")),
        "{}",
        run.err
    );
    journal
}

#[test]
fn a_whole_apply_is_undone_and_undone_again() {
    let world = World::example("acme");
    let before = Remembered::now(&world);
    let journal = apply(&world);
    let after = Remembered::now(&world);
    assert!(!before.is_so(&world));
    let plan = world.run(&["rollback", &journal]);
    // Nobody can be asked here; what would be done is shown.
    assert_eq!(plan.code, 1, "{}", plan.err);
    insta::assert_snapshot!(plan.out);
    assert!(after.is_so(&world));

    let back = roll_back(&world, &journal);
    assert_eq!(back.code, 0, "{}{}", back.out, back.err);
    assert!(before.is_so(&world));
    // There is nothing left to undo, and nothing is written for it.
    let again = world.run(&["rollback", &journal, "--auto-approve"]);
    assert_eq!(again.code, 0, "{}{}", again.out, again.err);
    assert!(again.out.contains("No changes"), "{}", again.out);

    let forth = world.run(&["rollback", &format!("{journal}.back"), "--auto-approve"]);
    assert_eq!(forth.code, 0, "{}{}", forth.out, forth.err);
    assert!(after.is_so(&world));
}

#[test]
fn after_hours_come_back_as_they_were() {
    let hours = json!([{ "type": "Schedule", "schedule": { "triggers": [
        { "triggerType": "Daily", "startTime": "09:00:00", "endTime": "17:00:00" },
    ] } }]);
    let mut seed = one_user(json!([]));
    seed["extensions"][0]["states"] = json!({ "work-hours": { "conditions": hours } });
    let world = World::new(seed);
    world.write(
        "users/alex.yaml",
        "extension: 101\nstates: {after-hours: {dispatching: {type: Terminate, terminate: {extension: 102}}}}\n",
    );
    world.apply();
    let before = Remembered::now(&world);
    world.write(
        "users/alex.yaml",
        "extension: 101\nstates: {work-hours: {schedule: {daily: all-day}}}\n",
    );
    let journal = apply(&world);
    assert!(!before.is_so(&world));
    let back = roll_back(&world, &journal);
    assert_eq!(back.code, 0, "{}{}", back.out, back.err);
    assert!(before.is_so(&world));
}

#[test]
fn after_hours_come_back_also_where_the_work_hours_are_back_already() {
    let world = World::new(one_user(json!([])));
    let hours = "extension: 101\nstates:\n  work-hours: {schedule: {daily: 09:00-17:00}}\n";
    let after = "  after-hours: {dispatching: {type: Terminate, terminate: {extension: 102}}}\n";
    world.write("users/alex.yaml", &format!("{hours}{after}"));
    world.apply();
    let before = Remembered::now(&world);
    world.write(
        "users/alex.yaml",
        "extension: 101\nstates: {work-hours: {schedule: {daily: all-day}}}\n",
    );
    let journal = apply(&world);
    // As a rollback that was killed after its first write leaves it.
    world.write("users/alex.yaml", hours);
    world.apply();
    assert!(!before.is_so(&world));
    let back = roll_back(&world, &journal);
    assert_eq!(back.code, 0, "{}{}", back.out, back.err);
    assert!(before.is_so(&world));
}

#[test]
fn a_name_that_another_rule_takes_over_goes_back_to_its_owner() {
    let world = World::new(one_user(json!([
        forwarding("A", "+16501111111", "+14082324343"),
        forwarding("B", "+16501111112", "+14082324344"),
    ])));
    let before = Remembered::now(&world);
    let id = world.user("101")["interactionRules"][1]["id"].clone();
    world.write(
        "users/alex.yaml",
        &format!("extension: 101\ninteractionRules:\n  A: {{id: {id}}}\n"),
    );
    let journal = apply(&world);
    let back = roll_back(&world, &journal);
    assert_eq!(back.code, 0, "{}{}", back.out, back.err);
    assert!(before.is_so(&world));
}

#[test]
fn what_an_apply_did_not_bring_about_is_not_undone() {
    let seed = one_user(json!([]));
    let world = World::with_faults(seed, &["503 method=POST path=interaction-rules first=3"]);
    world.write(
        "users/alex.yaml",
        "extension: 101\ninteractionRules: {New: {conditions: {callerIds: ['+1650']}, dispatching: {type: Terminate, terminate: voicemail}}}\n",
    );
    let journal = world
        .path()
        .join("failed.jsonl")
        .to_str()
        .unwrap()
        .to_owned();
    let failed = world.run(&["apply", "--auto-approve", "--journal", &journal]);
    assert_eq!(failed.code, 3, "{}{}", failed.out, failed.err);
    world.apply();
    let back = roll_back(&world, &journal);
    assert_eq!(back.code, 0, "{}{}", back.out, back.err);
    assert_eq!(
        world.user("101")["interactionRules"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn what_has_moved_since_is_named_and_left_alone() {
    let world = World::new(one_user(json!([
        forwarding("Changed", "+16501111111", "+14082324343"),
        forwarding("Deleted", "+16501111112", "+14082324343"),
        forwarding("Untouched", "+16501111113", "+14082324343"),
    ])));
    world.write(
        "users/alex.yaml",
        "extension: 101\nprune: none\ninteractionRules:\n  Changed: {enabled: false}\n  Deleted: {enabled: false}\n  Untouched: {enabled: false}\n",
    );
    let journal = apply(&world);
    world.write("users/alex.yaml", "extension: 101\nprune: none\ninteractionRules:\n  Changed: {dispatching: {terminate: {extension: 102}}}\n  Deleted: null\n");
    world.apply();
    let back = roll_back(&world, &journal);
    assert_eq!(back.code, 3, "{}{}", back.out, back.err);
    insta::assert_snapshot!(
        back.err
            .lines()
            .filter(|l| l.starts_with("left"))
            .collect::<Vec<_>>()
            .join("\n")
    );
    let rules = world.user("101")["interactionRules"].clone();
    let enabled = |name: &str| {
        let mut rules = rules.as_array().unwrap().iter();
        rules
            .find(|rule| rule["displayName"] == name)
            .map(|rule| rule["enabled"] == true)
    };
    assert_eq!(
        (enabled("Changed"), enabled("Deleted"), enabled("Untouched")),
        (Some(false), None, Some(true))
    );
}

#[test]
fn wherever_it_is_killed_the_journal_shows_the_way_back() {
    for writes in [1, 4, 8] {
        let world = World::example_with_faults("acme", &["slow path=comm-handling delay=0.2"]);
        let before = Remembered::now(&world);
        let mut apply = world.command();
        let mut child = apply.args(["apply", "--auto-approve"]).spawn().unwrap();
        let lines = |key: &str| {
            let texts = journals(&world).into_iter().map(fs::read_to_string);
            texts
                .map(|text| text.unwrap().matches(key).count())
                .sum::<usize>()
        };
        while lines("\"change\":") < writes {
            assert_eq!(
                child.try_wait().unwrap(),
                None,
                "it ended before it could be killed"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // In the middle: a write was under way, and others had not begun.
        assert!(lines("\"outcome\":") < lines("\"change\":"));
        assert!(lines("\"change\":") < 12);
        // A write that was under way arrives.
        std::thread::sleep(Duration::from_millis(300));
        let [journal] = &journals(&world)[..] else {
            panic!("{:?}", journals(&world));
        };
        let back = roll_back(&world, journal.to_str().unwrap());
        assert_eq!(back.code, 0, "{}{}", back.out, back.err);
        assert!(before.is_so(&world));
    }
}

#[test]
fn what_is_no_journal_of_this_account_is_refused() {
    let world = World::example("acme");
    let journal = apply(&world);
    let text = fs::read_to_string(&journal).unwrap();
    let refused = |text: &str, why: &str| {
        fs::write(&journal, text).unwrap();
        let run = world.run(&["rollback", &journal, "--auto-approve"]);
        assert_eq!(run.code, 1, "{}", run.out);
        assert!(run.err.contains(why), "{}", run.err);
    };
    refused("", "its first line is no header");
    refused(&text.replacen("\"1.0\"", "\"9.0\"", 1), "format 9.0");
    refused(
        &text.replacen("37439510", "37439511", 1),
        "account 37439511",
    );
    refused(&text.replacen("{\"write\":2,", "{\"wrote\":2,", 1), "line ");
    for secret in ["aGVhZGVy.cGF5bG9hZA", "secret", "Bearer"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn without_a_journal_nothing_is_written() {
    let world = World::example("acme");
    let there = world.path().join("callrules.yaml");
    let run = world.run(&[
        "apply",
        "--auto-approve",
        "--journal",
        there.to_str().unwrap(),
    ]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("nothing was written"), "{}", run.err);
    assert!(
        world
            .sandbox()
            .exchanges()
            .iter()
            .all(|e| e.method != "PATCH")
    );
}
