//! Import where something is already: what belongs to somebody stays.

use std::fs;

use serde_json::{Value, json};

use crate::support::{ACCOUNT, Run, World, forwarding, one_user};

fn world() -> World {
    let said = |name: &str| forwarding(name, "+1650", "+14082324343");
    World::new(one_user(json!([said("VIP"), said("Personal gym")])))
}

fn import(world: &World, arguments: &[&str], code: i32) -> Run {
    let run = world.run(&[&["import"], arguments].concat());
    assert_eq!(run.code, code, "{}{}", run.out, run.err);
    run
}

fn assert_sound(world: &World) {
    for arguments in [&["validate"][..], &["plan", "--detailed-exitcode"]] {
        let run = world.run(arguments);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    }
}

fn read(world: &World, path: &str) -> String {
    fs::read_to_string(world.path().join(path)).unwrap()
}

#[test]
fn rules_that_the_repository_leaves_to_people_are_left_out() {
    let world = world();
    let settings = format!("account: \"{ACCOUNT}\"\nprune: all\nignore: [\"Personal *\"]\n");
    world.write("callrules.yaml", &settings);
    let run = import(&world, &[], 0);
    let note = "the rule `Personal gym` is left out: `ignore` leaves it to the user";
    assert!(run.err.contains(note), "{}", run.err);
    let text = read(&world, "users/101-alex-morgan.yaml");
    assert!(
        !text.contains("Personal gym:") && text.contains("VIP:"),
        "{text}"
    );
    assert!(!text.contains("ignore:"), "callrules.yaml says it:\n{text}");
    assert_sound(&world);
}

#[test]
fn a_file_written_anew_still_leaves_to_its_user_what_it_left() {
    let world = world();
    world.write(
        "users/sales/alex.yaml",
        "email: alex@acme.example\nprune: none\nignore: [\"Personal *\"]\n",
    );
    import(&world, &["--user", "101", "--force"], 0);
    let text = read(&world, "users/sales/alex.yaml");
    assert!(text.contains("prune: none\n"), "{text}");
    assert!(
        text.contains("Personal *") && !text.contains("Personal gym:"),
        "{text}"
    );
    assert!(
        text.starts_with("# yaml-language-server: $schema=../../schemas/"),
        "{text}"
    );
    assert_sound(&world);
}

#[test]
fn a_file_with_profiles_is_not_written_anew() {
    let world = world();
    world.write("profiles/team.yaml", "prune: none\n");
    let text = "extension: \"101\"\nprofiles: [team]\n";
    world.write("users/alex.yaml", text);
    let run = import(&world, &["--force"], 1);
    let why = "users/alex.yaml was not written anew: it uses profiles; edit it, or remove it and import \
               again";
    assert!(run.err.contains(why), "{}", run.err);
    assert_eq!(read(&world, "users/alex.yaml"), text);
    assert_eq!(run.out, "wrote users/102-priya-rao.yaml\n");
}

#[test]
fn what_is_left_is_told_with_the_way_to_renew_it() {
    let world = world();
    import(&world, &[], 0);
    let run = import(&world, &[], 0);
    let left = "left users/101-alex-morgan.yaml as it is; `--force` writes it anew\n";
    assert!(run.out.starts_with(left), "{}", run.out);
}

#[test]
fn a_file_of_somebody_else_is_never_written() {
    for force in [&[][..], &["--force"]] {
        let world = world();
        let other = "id: \"1002\"\n# Priya's\n";
        world.write("users/101-alex-morgan.yaml", other);
        let run = import(&world, &[&["--user", "101"], force].concat(), 0);
        assert_eq!(run.out, "wrote users/101-alex-morgan-1001.yaml\n");
        assert_eq!(read(&world, "users/101-alex-morgan.yaml"), other);
        assert_sound(&world);
    }
}

#[test]
fn two_files_of_one_user_are_a_mistake_here_too() {
    let world = world();
    world.write("users/a.yaml", "extension: \"101\"\n");
    world.write("users/b.yaml", "email: alex@acme.example\n");
    let run = import(&world, &["--force"], 1);
    assert!(run.err.contains("this user has two files"), "{}", run.err);
    assert_eq!(run.out, "");
}

#[test]
fn long_names_make_short_paths_and_what_cannot_be_written_stops_nobody_else() {
    let mut seed = one_user(json!([]));
    seed["extensions"][0]["name"] = json!("Alex ".repeat(60).trim());
    let world = World::beyond_the_specification(seed);
    let run = import(&world, &["--user", "101"], 0);
    let path = run.out.trim().strip_prefix("wrote users/").unwrap();
    assert!(path.len() <= 65, "{path}");

    let world = World::new(one_user(json!([])));
    // A file stands where the folder should be.
    world.write("users", "");
    let run = import(&world, &[], 1);
    assert_eq!(
        run.err.matches("was not imported: ").count(),
        2,
        "{}",
        run.err
    );
}

#[test]
fn files_without_settings_beside_them_are_not_doubled() {
    let world = world();
    world.write("users/alex.yaml", "extension: \"101\"\n");
    fs::remove_file(world.path().join("callrules.yaml")).unwrap();
    let run = import(&world, &[], 1);
    assert!(
        run.err
            .contains("files below `users/`, and no callrules.yaml"),
        "{}",
        run.err
    );
    assert!(run.err.contains("`callrules init`"), "{}", run.err);
    assert_eq!(
        (run.out.as_str(), world.requests("GET", "/").len()),
        ("", 0)
    );
}

#[test]
fn the_account_is_told_and_that_the_settings_do_not_name_it() {
    let world = world();
    let run = import(&world, &[], 0);
    let account = format!("Account {ACCOUNT} at http://");
    assert!(run.err.starts_with(&account), "{}", run.err);
    assert!(!run.err.contains("note:"), "{}", run.err);
    world.write("callrules.yaml", "prune: all\n");
    let run = import(&world, &[], 0);
    let note =
        format!("note: callrules.yaml names no account; with `account: \"{ACCOUNT}\"` in it");
    assert!(run.err.contains(&note), "{}", run.err);
}

#[test]
fn nothing_is_begun_where_nothing_could_be_read() {
    let seed: Value = one_user(json!([]));
    let world = World::with_faults(seed, &["html status=403 path=comm-handling"]);
    fs::remove_file(world.path().join("callrules.yaml")).unwrap();
    import(&world, &["--user", "101"], 1);
    assert_eq!(fs::read_dir(world.path()).unwrap().count(), 0);
}
