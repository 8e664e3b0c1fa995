//! Profiles: what many users share, laid under what each says.

use serde_json::json;

use crate::support::{TestEnv, forwarding, single_user_seed};

fn env(files: &[(&str, &str)]) -> TestEnv {
    let env = TestEnv::new(single_user_seed(json!([
        forwarding("Holiday", "+16501111111", "+14082324343"),
        forwarding("Old", "+16501111112", "+14082324343"),
    ])));
    for (path, text) in files {
        env.write(path, text);
    }
    env
}

const HOLIDAYS: &str = "\
interactionRules:
  Holiday:
    conditions: {schedule: {ranges: [2026-12-25]}}
    dispatching: {type: Terminate, terminate: {phoneNumber: '+16505550100'}}
  Old:
    conditions: {callerIds: ['+1650']}
    dispatching: {type: Terminate, terminate: voicemail}
";

#[test]
fn a_user_gets_what_the_profiles_say_and_what_the_file_says_counts() {
    let env = env(&[
        ("profiles/holidays.yaml", HOLIDAYS),
        (
            "profiles/hours.yaml",
            "profiles: [holidays]\nstates: {work-hours: {schedule: {weekly: {mon-fri: '08:00-16:00'}}}}\n",
        ),
        (
            "users/alex.yaml",
            "extension: 101\nprofiles: [hours]\ninteractionRules:\n  Old: null\n  Holiday: {dispatching: {terminate: {extension: 900}}}\n",
        ),
        ("users/priya.yaml", "extension: 102\nprofiles: [hours]\n"),
    ]);
    let plan = env.run(&["plan"]);
    assert_eq!(plan.code, 0, "{}", plan.err);
    insta::assert_snapshot!(env.without_paths(&plan.out));
    env.apply();
}

#[test]
fn of_two_profiles_the_later_one_counts() {
    let rings = |seconds: u32| {
        format!(
            "states: {{work-hours: {{dispatching: {{ring: [{{targets: [mobileApps], seconds: {seconds}}}]}}}}}}\n"
        )
    };
    let env = env(&[
        ("profiles/long.yaml", &rings(40)),
        ("profiles/short.yaml", &rings(10)),
        (
            "users/alex.yaml",
            "extension: 101\nprofiles: [long, short]\n",
        ),
        (
            "users/priya.yaml",
            "extension: 102\nprofiles: [short, long]\n",
        ),
    ]);
    env.apply();
    let seconds = |number| {
        let user = env.user(number);
        let rule = &user["stateRules"]["work-hours"]["dispatching"]["actions"];
        let rule = rule.as_array().unwrap().iter();
        let mut groups = rule.filter(|action| action["type"] == "RingGroupAction");
        groups.find(|g| g["enabled"] == true).unwrap()["duration"].clone()
    };
    assert_eq!((seconds("101"), seconds("102")), (json!(10), json!(40)));
}

#[test]
fn a_file_and_its_profile_that_do_not_fit_are_both_named() {
    let env = env(&[
        (
            "profiles/welcome.yaml",
            "states:\n  after-hours:\n    dispatching:\n      type: RingInOrder\n      greeting: {preset: '66048'}\n",
        ),
        (
            "users/alex.yaml",
            "extension: 101\nprofiles: [welcome]\nstates:\n  after-hours:\n    dispatching:\n      type: Terminate\n      terminate: voicemail\n",
        ),
    ]);
    insta::assert_snapshot!(env.run(&["validate"]).out);
    let json = env.run(&["validate", "--format", "json"]).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let told = &json["diagnostics"][0];
    assert_eq!(told["file"], "profiles/welcome.yaml");
    assert_eq!(told["related"]["file"], "users/alex.yaml");
    assert_eq!(told["related"]["line"], 6);
    let github = env.run(&["validate", "--format", "github"]).out;
    assert!(github.contains("users/alex.yaml:6:7"), "{github}");
    // Each user who clashes is told.
    let alex = std::fs::read_to_string(env.path().join("users/alex.yaml")).unwrap();
    env.write("users/jo.yaml", &alex.replace("101", "103"));
    assert!(
        env.run(&["validate"])
            .out
            .contains("2 errors in 1 of 4 files")
    );
}

#[test]
fn mistakes_of_a_profile_are_told_once_however_many_use_it() {
    let env = env(&[
        (
            "profiles/a.yaml",
            "profiles: [b, c]\nextension: 101\ninteractionRules:\n  Night: {enabeld: true, conditions: {state: after-hours}}\n",
        ),
        ("profiles/b.yaml", "profiles: [a, holidys]\n"),
        ("profiles/c.yaml", "ignore: []\n"),
        ("profiles/holidays.yaml", HOLIDAYS),
        ("users/alex.yaml", "extension: 101\nprofiles: [a]\n"),
        (
            "users/jo.yaml",
            "extension: 103\nprofiles: [holidays, a, nights]\n",
        ),
        ("users/priya.yaml", "extension: 102\nprofiles: [a]\n"),
    ]);
    insta::assert_snapshot!(env.run(&["validate"]).out);
}

#[test]
fn what_a_profile_leaves_open_is_for_its_users_to_say() {
    let rule = "interactionRules: {Late: {dispatching: {type: Terminate}}}\n";
    let whole = "extension: 101\nprofiles: [late]\ninteractionRules: {Late: {conditions: {callerIds: ['+1650']}, dispatching: {terminate: voicemail}}}\n";
    let env = env(&[("profiles/late.yaml", rule), ("users/alex.yaml", whole)]);
    assert_eq!(env.run(&["validate"]).code, 0);
    env.write("users/alex.yaml", "extension: 101\nprofiles: [late]\n");
    insta::assert_snapshot!(env.run(&["validate"]).out);
}

#[test]
fn names_that_are_ignored_add_up() {
    let env = env(&[
        (
            "callrules.yaml",
            "account: \"37439510\"\nprune: all\nignore: [Holi*]\n",
        ),
        ("profiles/own.yaml", "ignore: [Old]\ninteractionRules: {}\n"),
        (
            "users/alex.yaml",
            "extension: 101\nprofiles: [own]\nignore: [Other]\n",
        ),
    ]);
    let user = &env.plan()["users"][0];
    assert_eq!(user["changes"], json!([]));
    assert_eq!(user["unmanaged"], json!(["Holiday", "Old"]));
    env.write(
        "users/alex.yaml",
        "extension: 101\nprofiles: [own]\ninteractionRules: {Holiday: {enabled: false}}\n",
    );
    insta::assert_snapshot!(env.run(&["validate"]).out);
}

/// What is shown of a user is a user file that needs no other.
fn is_a_file_that_says_the_same(env: &TestEnv) {
    let plan = env.plan()["users"].clone();
    let shown = env.run(&["show", "--user", "101"]).out;
    env.write("users/alex.yaml", &shown);
    assert_eq!(env.plan()["users"], plan);
}

#[test]
fn show_writes_calendars_and_contacts_out() {
    let env = env(&[
        (
            "calendars/us.yaml",
            "Christmas: 2026-12-25\nNew Year: [2026-12-31, 2027-01-01]\n",
        ),
        (
            "contacts/vip.csv",
            "name,phoneNumber\nKristina,+16505550133\n",
        ),
        (
            "profiles/vip.yaml",
            "interactionRules:\n  VIP:\n    conditions: {callerIds: [{contacts: vip}, '+1408'], schedule: {ranges: [2026-07-04], calendar: us}}\n    dispatching: {type: Terminate, terminate: voicemail}\n",
        ),
        (
            "users/alex.yaml",
            "extension: 101\nprofiles: [vip]\nstates: {forward-all-calls: {schedule: {calendar: [us]}}}\n",
        ),
    ]);
    let shown = env.run(&["show", "--user", "101", "--origins"]).out;
    insta::assert_snapshot!(shown);
    is_a_file_that_says_the_same(&env);
}

#[test]
fn show_tells_what_a_user_has_and_where_it_comes_from() {
    let env = env(&[
        ("profiles/holidays.yaml", HOLIDAYS),
        (
            "users/alex.yaml",
            "extension: 101\nprofiles: [holidays]\ninteractionRules:\n  Old: null\n  Holiday: {dispatching: {terminate: {extension: 900}}}\n",
        ),
    ]);
    let shown = env.run(&["show", "--user", "101", "--origins"]).out;
    insta::assert_snapshot!(shown);
    is_a_file_that_says_the_same(&env);
    let nobody = env.run(&["show", "--user", "105"]);
    assert_eq!(nobody.code, 1);
    assert!(nobody.err.contains("`105`"), "{}", nobody.err);
}

#[test]
fn show_writes_out_what_the_settings_add_and_leaves_the_form_of_the_api_alone() {
    let env = env(&[
        (
            "callrules.yaml",
            "account: \"37439510\"\nprune: all\nignore: [Personal *]\n",
        ),
        (
            "contacts/vip.csv",
            "name,phoneNumber\nKristina,+16505550133\n",
        ),
        ("contacts/all.yaml", "- '+16505550133'\n- '+16505550134'\n"),
        (
            "users/alex.yaml",
            "extension: 101\nignore: [Own *]\ninteractionRules:\n  calendar:\n    conditions: {callerIds: [{contacts: vip}, {contacts: all}], other: [{type: Future, contacts: abc, calendar: foo}]}\n    dispatching: {type: Terminate, terminate: voicemail}\n",
        ),
    ]);
    let shown = env.run(&["show", "--user", "101", "--origins"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    insta::assert_snapshot!(shown.out);
    let plan = env.plan()["users"].clone();
    let shown = env.run(&["show", "--user", "101"]).out;
    env.write("users/alex.yaml", &shown);
    assert_eq!(env.plan()["users"], plan);
}
