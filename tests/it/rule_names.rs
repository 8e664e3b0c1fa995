//! What rules are called: by which name a live rule is left alone, found or missed.

use serde_json::{Value, json};

use crate::support::{Run, TestEnv, forwarding, single_user_seed};

fn env(live: &[&str], file: &str) -> TestEnv {
    let live = live
        .iter()
        .map(|name| forwarding(name, "+1650", "+14082324343"));
    let env = TestEnv::new(single_user_seed(Value::Array(live.collect())));
    env.write("users/alex.yaml", &format!("extension: \"101\"\n{file}"));
    env
}

fn deletes(env: &TestEnv) -> Vec<String> {
    let plan = env.plan();
    let changes = plan["users"][0]["changes"].as_array().unwrap().iter();
    let deletes = changes.filter(|change| change["action"] == "delete");
    deletes
        .map(|change| change["name"].as_str().unwrap().to_owned())
        .collect()
}

/// The codes and messages of a run that tells problems as JSON.
fn told(run: &Run) -> Vec<String> {
    let json: Value = serde_json::from_str(&run.out).unwrap();
    let told = json.get("diagnostics").unwrap_or(&json["warnings"]);
    let told = told
        .as_array()
        .unwrap()
        .iter()
        .map(|d| format!("{} {} {}", d["line"], d["code"], d["message"]));
    told.map(|line| line.replace('"', "")).collect()
}

#[test]
fn a_pattern_that_is_ignored_knows_no_sign_but_the_star() {
    let live = ["[VIP] Mia", "own stop", "{a,b} late?", "Old"];
    let env = env(
        &live,
        "ignore: ['[VIP] *', 'OWN *', '{a,b} late?']\ninteractionRules: {}\n",
    );
    assert_eq!(deletes(&env), ["Old"]);
    // What other languages of patterns cannot read, or not in this length, is a pattern too.
    let long = "[{*".repeat(100_000);
    env.write(
        "users/alex.yaml",
        &format!("extension: \"101\"\nignore: ['[', '{long}']\ninteractionRules: {{}}\n"),
    );
    assert_eq!(deletes(&env).len(), live.len());
}

#[test]
fn an_ignored_rule_cannot_be_declared_by_another_of_its_names() {
    let env = env(
        &["Personal X"],
        "ignore: [Personal *]\ninteractionRules:\n  Mine: {name: Personal X, enabled: false}\n  Y: {renamedFrom: Personal X, enabled: false}\n",
    );
    let run = env.run(&["validate", "--format", "json"]);
    let json: Value = serde_json::from_str(&run.out).unwrap();
    let places = json["diagnostics"].as_array().unwrap().iter();
    let places: Vec<_> = places
        .map(|d| {
            (
                d["code"].clone(),
                d["line"].clone(),
                d["related"]["line"].clone(),
            )
        })
        .collect();
    assert_eq!(
        places[0],
        (json!("E0110"), json!(2), json!(4)),
        "{}",
        run.out
    );
    assert_eq!(
        places[1],
        (json!("E0110"), json!(2), json!(5)),
        "{}",
        run.out
    );

    // What an id names, only the account knows.
    let id = env.user("101")["interactionRules"][0]["id"].clone();
    env.write(
        "users/alex.yaml",
        &format!("extension: \"101\"\nignore: [Personal *]\ninteractionRules:\n  Move: {{id: {id}, enabled: false}}\n"),
    );
    let plan = env.run(&["plan"]);
    assert_eq!(plan.code, 1, "{}", plan.out);
    assert!(
        plan.err.contains("the live rule `Personal X` is ignored"),
        "{}",
        plan.err
    );
    assert!(plan.err.contains("users/alex.yaml:4:3"), "{}", plan.err);
}

#[test]
fn rules_that_are_one_on_the_account_are_declared_once() {
    let rule =
        "conditions: {callerIds: ['+1650']}, dispatching: {type: Terminate, terminate: voicemail}";
    let file = format!(
        "interactionRules:\n  A: {{renamedFrom: Old, {rule}}}\n  B: {{renamedFrom: Old, {rule}}}\n  C: {{id: 7, {rule}}}\n  D: {{id: 7, {rule}}}\n  E: {{name: A, {rule}}}\n  ' a': {{{rule}}}\n"
    );
    let env = env(&[], &file);
    let run = env.run(&["validate", "--format", "json"]);
    assert_eq!(
        told(&run),
        [
            "4 E0110 two rules are renamed from `Old`",
            "6 E0110 two rules have the id `7`",
            "7 E0110 two rules are called `A`",
            "8 W0007 ` a` and `A` are two rules",
        ]
    );
}

#[test]
fn a_name_that_finds_nothing_is_told_where_something_was_meant() {
    let rule =
        "conditions: {callerIds: ['+1650']}, dispatching: {type: Terminate, terminate: voicemail}";
    let file = format!(
        "prune: none\ninteractionRules:\n  Holidays: {{renamedFrom: Publik holidays, {rule}}}\n  Move: {{id: 99, {rule}}}\n  office Move: null\n  Long gone: null\nallow: [ambiguous-rules]\n"
    );
    let env = env(&["Public holidays", "Office move"], &file);
    let plan = env.run(&["plan", "--format", "json"]);
    assert_eq!(
        told(&plan),
        [
            "4 W0008 no live rule is called `Publik holidays`; a new one would be made",
            "5 W0008 no live rule of the user has this id; it would be made anew",
            "6 W0008 no live rule is called `office Move`, and nothing is deleted for it",
        ],
    );
    env.apply();
    // The new name is there now, and has no need of the old one.
    let plan = env.run(&["plan", "--format", "json"]);
    assert_eq!(
        told(&plan)[0],
        "5 W0008 no live rule of the user has this id; the rule `Move` is taken for it"
    );
}
