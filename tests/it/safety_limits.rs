//! What `apply` does only where somebody has said so.

use serde_json::{Value, json};

use crate::support::{TestEnv, forwarding, single_user_seed};

/// An account where 101 has so many rules, and a repository that declares none of them.
fn rules_without_a_file(rules: usize) -> TestEnv {
    let rules: Vec<Value> = (0..rules)
        .map(|n| forwarding(&format!("R{n}"), "+1650", "+14082324343"))
        .collect();
    let env = TestEnv::new(single_user_seed(json!(rules)));
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules: {}\n",
    );
    env
}

#[test]
fn a_plan_that_takes_much_away_is_refused_until_it_is_allowed() {
    let env = rules_without_a_file(6);
    let plan = env.plan();
    assert_eq!(
        plan["guards"],
        json!([
            {
                "code": "deletes",
                "message": "it deletes 6 of 6 interaction rules, and 4 are allowed",
                "flag": "--max-deletes 6",
            },
            {
                "code": "emptied",
                "message": "it leaves 1 user without any interaction rule (101), and none is allowed",
                "flag": "--max-emptied 1",
            },
        ])
    );
    let run = env.run(&["plan"]);
    assert_eq!(run.code, 0);
    insta::assert_snapshot!(run.out);

    let refused = |flags: &[&str]| {
        let run = env.run(&[&["apply", "--auto-approve"], flags].concat());
        assert_eq!(run.code, 1);
        run.err
    };
    let told = refused(&[]);
    let (_, told) = told.split_once('\n').unwrap();
    insta::assert_snapshot!(told);
    assert!(refused(&["--max-deletes", "6"]).contains("with `--max-emptied 1`"));
    assert!(refused(&["--max-emptied", "1"]).contains("with `--max-deletes 6`"));
    assert!(refused(&["--max-emptied", "1", "--max-deletes", "5"]).contains("and 5 are allowed"));
    assert_eq!(env.requests("DELETE", "").len(), 0);

    let both = ["--max-deletes", "6", "--max-emptied", "1"];
    let run = env.run(&[&["apply", "--auto-approve"][..], &both].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(env.requests("DELETE", "").len(), 6);
}

#[test]
fn a_saved_plan_is_guarded_as_well() {
    let env = rules_without_a_file(1);
    let file = env.path().join("plan.json");
    let file = file.to_str().unwrap();
    let run = env.run(&["plan", "--out", file]);
    assert!(run.out.contains("! apply will refuse"), "{}", run.out);
    assert!(!run.out.contains("apply it with"), "{}", run.out);
    let run = env.run(&["apply", file, "--auto-approve"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("`--max-emptied 1`"), "{}", run.err);
    assert_eq!(env.requests("DELETE", "").len(), 0);
    let run = env.run(&["apply", file, "--auto-approve", "--max-emptied", "1"]);
    assert_eq!(run.code, 0, "{}", run.err);
}
