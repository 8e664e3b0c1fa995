//! A plan that is saved in one run and carried out in another.

use std::fs;

use callrules::engine::{Plan, Saved};
use serde_json::{Value, json};

use crate::support::{ACCOUNT, World, forwarding, one_user};

const RULE: &str = "extension: \"101\"\ninteractionRules:\n  New:\n    conditions: { calledNumbers: [\"+16505550101\"] }\n    dispatching: { type: Terminate, terminate: { extension: \"102\" } }\n";

/// A repository with a new rule, its plan, and where that is saved.
fn planned() -> (World, String) {
    let world = World::new(one_user(json!([])));
    world.write("users/alex.yaml", RULE);
    let file = save(&world);
    (world, file)
}

fn save(world: &World) -> String {
    let file = world.path().join("plan.json").display().to_string();
    let run = world.run(&["plan", "--out", &file]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    file
}

/// The error of an `apply FILE` that sends nothing but what it takes to know the account.
fn refused(world: &World, file: &str) -> String {
    let run = world.run(&["apply", file, "--auto-approve"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert_eq!(world.requests("POST", "/interaction-rules").len(), 0);
    run.err
}

#[test]
fn what_was_planned_is_shown_again_and_carried_out() {
    let world = World::example("acme");
    let file = world.path().join("plan.json").display().to_string();
    let plan = world.run(&["plan", "--out", &file]);
    let saved = format!(
        "Saved: apply it with `{}`.\n",
        world.told(&format!("apply {file}"))
    );
    assert!(plan.out.ends_with(&saved), "{}", plan.out);
    let greetings = || world.requests("GET", "/greeting").len();
    let before = greetings();

    // The files are not asked again.
    world.write("users/alex.yaml", "no longer\n\tYAML");
    let run = world.run(&["apply", &file, "--auto-approve"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let told = "the tests were not run: the files have mistakes";
    assert!(run.err.contains(told), "{}", run.err);
    let (shown, _) = plan.out.split_once("\nPlan: ").unwrap();
    assert!(run.out.starts_with(shown), "{}", run.out);
    assert_eq!(greetings(), before, "a saved plan brings their names along");
    let sent = ["POST", "PATCH", "DELETE"].map(|method| world.requests(method, "/v2/").len());
    assert_eq!(sent, [3, 8, 1]);
}

#[test]
fn who_has_moved_since_is_refused() {
    let (world, file) = planned();
    world.sandbox().edit(|account| {
        let alex = account
            .extensions
            .iter_mut()
            .find(|e| e.extension_number == "101")
            .unwrap();
        let rule = forwarding("Mine", "+16501111111", "+14082324343");
        alex.interaction_rules.push(rule);
    });
    let run = world.run(&["apply", &file, "--auto-approve"]);
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    assert!(
        run.out
            .contains("appeared since the plan: interaction rule \"Mine\""),
        "{}",
        run.out
    );
    assert_eq!(world.requests("POST", "/interaction-rules").len(), 0);
}

#[test]
fn what_was_done_is_not_done_again() {
    let (world, file) = planned();
    assert_eq!(world.run(&["apply", &file, "--auto-approve"]).code, 0);
    let again = world.run(&["apply", &file, "--auto-approve"]);
    assert_eq!(again.code, 3, "{}{}", again.out, again.err);
    assert_eq!(world.requests("POST", "/interaction-rules").len(), 1);
    let save = world.told(&format!("plan --out {file}"));
    let told =
        format!("perhaps the plan was carried out before. Save one of what is left: `{save}`.\n");
    assert!(again.err.ends_with(&told), "{}", again.err);
}

/// Whoever writes a file can write its checksum too.
fn edited(file: &str, edit: impl FnOnce(&mut Plan)) {
    let mut saved = Saved::from_bytes(&fs::read(file).unwrap()).unwrap();
    edit(&mut saved.plan);
    fs::write(file, saved.to_text().unwrap()).unwrap();
}

#[test]
fn what_is_shown_is_what_is_sent() {
    let live = forwarding("VIP", "+16501111111", "+14082320000");
    let edits: [fn(&mut Plan); 5] = [
        |plan| plan.users[0].changes[1].fields.clear(),
        |plan| plan.users[0].changes[1].fields[0].before = json!("elsewhere"),
        |plan| plan.users[0].changes[0].name = "Harmless".to_owned(),
        |plan| plan.users[0].changes[2].name = "dnd".to_owned(),
        |plan| {
            let body = plan.users[0].changes[2].request.body.as_mut().unwrap();
            body["dispatching"]["type"] = json!("RingInOrder");
        },
    ];
    for (at, edit) in edits.into_iter().enumerate() {
        let world = World::new(one_user(json!([live])));
        let rule = "conditions: { calledNumbers: [\"+16505550101\"] }\n    dispatching: { type: Terminate, terminate: { extension: \"102\" } }";
        world.write(
            "users/alex.yaml",
            &format!("extension: \"101\"\ninteractionRules:\n  New:\n    {rule}\n  VIP:\n    {rule}\nstates:\n  work-hours:\n    dispatching: {{ type: RingAtOnce, noAnswer: {{ extension: \"102\" }} }}\n"),
        );
        let file = save(&world);
        edited(&file, edit);
        let run = world.run(&["apply", &file, "--auto-approve"]);
        let is_refused = run
            .out
            .contains("the plan shows something else than it would send")
            || run.err.contains("is none for that");
        assert!(is_refused, "{at}: {}{}", run.out, run.err);
        for method in ["POST", "PATCH", "DELETE"] {
            assert!(world.requests(method, "/v2/").is_empty(), "{at}");
        }
    }
}

#[test]
fn who_somebody_is_the_account_says() {
    let (world, file) = planned();
    edited(&file, |plan| {
        plan.users[0].name = "Priya Rao".to_owned();
        plan.users[0].extension_number = Some("102".to_owned());
    });
    let run = world.run(&["apply", &file, "--auto-approve"]);
    assert!(run.out.starts_with("Alex Morgan · 101\n"), "{}", run.out);
}

#[test]
fn it_needs_no_repository() {
    let (world, file) = planned();
    for gone in ["callrules.yaml", "users/alex.yaml"] {
        fs::remove_file(world.path().join(gone)).unwrap();
    }
    let run = world.run(&["apply", &file, "--auto-approve"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(world.requests("POST", "/interaction-rules").len(), 1);
}

#[test]
fn a_plan_of_nothing_is_a_plan() {
    let (world, _) = planned();
    world.apply();
    let file = save(&world);
    let run = world.run(&["apply", &file]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains("No changes"), "{}", run.out);
}

#[test]
fn scripts_get_their_document_beside_the_file() {
    let (world, file) = planned();
    let run = world.run(&[
        "plan",
        "--out",
        &file,
        "--format",
        "json",
        "--detailed-exitcode",
    ]);
    assert_eq!(run.code, 2);
    assert!(
        serde_json::from_str::<Value>(&run.out).is_ok(),
        "{}",
        run.out
    );
    // The document is none that could be carried out.
    let document = format!("{file}.told");
    std::fs::write(&document, &run.out).unwrap();
    let told = world.run(&["apply", &document, "--auto-approve"]);
    assert_eq!(told.code, 1);
    for part in ["as `--format json` tells it", "`callrules plan --out FILE`"] {
        assert!(told.err.contains(part), "{}", told.err);
    }
    let run = world.run(&["apply", &file, "--auto-approve", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["summary"]["done"], 1);
}

#[test]
fn it_holds_no_secret() {
    let (world, file) = planned();
    let text = fs::read_to_string(file).unwrap();
    let token = &world.requests("POST", "/oauth/token")[0];
    let token = token.response.as_ref().unwrap()["access_token"].clone();
    for secret in [
        token.as_str().unwrap(),
        "c2lnbmF0dXJl",
        "\"secret\"",
        "Bearer",
    ] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
#[cfg(unix)]
fn a_link_is_followed_and_a_device_is_no_place() {
    let (world, _) = planned();
    let folder = world.path();
    std::os::unix::fs::symlink(folder.join("real.json"), folder.join("link.json")).unwrap();
    std::fs::write(folder.join("real.json"), "old").unwrap();
    let link = folder.join("link.json");
    let run = world.run(&["plan", "--out", link.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(link.is_symlink());
    assert!(
        std::fs::read_to_string(folder.join("real.json"))
            .unwrap()
            .contains("checksum")
    );
    let run = world.run(&["plan", "--out", "/dev/null"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("it is no file"), "{}", run.err);
}

#[test]
fn half_of_a_plan_is_not_saved() {
    let world = World::new(one_user(json!([])));
    world.write("users/alex.yaml", RULE);
    world.write(
        "users/priya.yaml",
        "extension: \"102\"\ninteractionRules: { Not there: { enabled: true } }\n",
    );
    let file = world.path().join("plan.json");
    let run = world.run(&["plan", "--out", file.to_str().unwrap()]);
    assert_eq!(run.code, 1);
    let told = "the plan is not complete, and was not saved";
    assert!(run.err.contains(told), "{}", run.err);
    assert!(!file.exists());
}

#[test]
fn only_the_account_that_was_planned_is_changed() {
    let (world, file) = planned();
    world.write("callrules.yaml", "account: \"1\"\nprune: all\n");
    let err = refused(&world, &file);
    assert!(err.contains("describes account 1, and this"), "{err}");

    let mut seed = one_user(json!([]));
    seed["account"]["id"] = json!("2");
    let other = World::new(seed);
    other.write("callrules.yaml", "prune: all\n");
    let told = format!("the plan was made for {}", world.sandbox().url());
    let err = refused(&other, &file);
    assert!(err.contains(&told), "{err}");
    assert_eq!(other.sandbox().exchanges().len(), 0);

    // The same server with the credentials of another account.
    other.write("users/alex.yaml", RULE);
    let file = save(&other);
    let mut saved = Saved::from_bytes(&fs::read(&file).unwrap()).unwrap();
    saved.plan.account = ACCOUNT.to_owned();
    fs::write(&file, saved.to_text().unwrap()).unwrap();
    let err = refused(&other, &file);
    assert!(
        err.contains(&format!(
            "made for account {ACCOUNT}, and this is account 2"
        )),
        "{err}"
    );
}

#[test]
fn a_file_that_was_changed_is_refused_before_anything_is_sent() {
    let (world, file) = planned();
    let made = world.sandbox().exchanges().len();
    let text = fs::read_to_string(&file).unwrap();
    let refused = |text: &str| {
        fs::write(&file, text).unwrap();
        let err = refused(&world, &file);
        assert!(err.contains("help: save a plan anew"), "{err}");
        err
    };
    assert!(refused(&text.replace("\"New\"", "\"Old\"")).contains("the checksum does not fit"));
    assert!(refused(&text[..text.len() / 2]).contains("damaged or cut off"));
    assert!(refused(RULE).contains("damaged or cut off"));
    assert!(refused("{}").contains("not a saved plan"));
    assert_eq!(world.sandbox().exchanges().len(), made);
    let missing = world.run(&["apply", "nowhere.json", "--auto-approve"]);
    assert!(missing.err.contains("nowhere.json: "), "{}", missing.err);
}

#[test]
fn users_are_chosen_when_the_plan_is_made() {
    let (world, file) = planned();
    let run = world.run(&["apply", &file, "--user", "101"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("cannot be used with"), "{}", run.err);
}
