//! Log output on standard error.

use serde_json::{Value, json};

use crate::support::{TestEnv, single_user_seed};

const USER: &str = "extension: \"101\"\ninteractionRules: {}\n";

/// Returns the JSON objects among the lines of standard error.
fn parse_log(stderr: &str) -> Vec<Value> {
    stderr
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn json_log_has_every_request_and_no_secret() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("users/alex.yaml", USER);
    let run = env.run(&["-vv", "--log-format", "json", "plan"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let entries = parse_log(&run.err);
    let logged_paths: Vec<&str> = entries
        .iter()
        .map(|entry| &entry["fields"])
        .filter(|fields| fields["method"].is_string())
        .map(|fields| fields["path"].as_str().unwrap())
        .collect();
    let exchanges = env.sandbox().exchanges();
    let sent_paths: Vec<&str> = exchanges
        .iter()
        .map(|exchange| exchange.path.split('?').next().unwrap())
        .collect();
    assert_eq!(logged_paths, sent_paths);

    let output = run.out + &run.err;
    let token = &exchanges[0].response.as_ref().unwrap()["access_token"];
    let basic = "aWQ6c2VjcmV0"; // id:secret
    for secret in [token.as_str().unwrap(), "c2lnbmF0dXJl", basic] {
        assert!(!output.contains(secret), "{secret} in {output}");
    }
}

#[test]
fn short_run_shows_no_progress_and_no_colors() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("users/alex.yaml", USER);
    let run = env.run(&["-v", "plan"]);
    insta::assert_snapshot!(env.stable_text(&run.err), @"Account 37439510 at http://[sandbox]");
}

#[test]
fn json_log_has_only_json_on_standard_error() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("users/alex.yaml", USER);
    let file = env.path().join("missing.json").display().to_string();
    for (arguments, level) in [
        (&["plan"][..], "INFO"),
        (&["apply", "--auto-approve"], "INFO"),
        (&["apply", &file], "ERROR"),
        (&["plan", "--user", "nurse"], "ERROR"),
        (&["plan", "--unknown"], "ERROR"),
    ] {
        for format in [&["--log-format", "json"][..], &["--log-format=json"]] {
            let run = env.run(&[format, arguments].concat());
            assert!(!run.err.is_empty(), "{arguments:?}");
            for line in run.err.lines() {
                let entry: Value = serde_json::from_str(line).unwrap();
                assert_eq!(entry["level"], level, "{line}");
                assert!(entry["fields"]["message"].is_string(), "{line}");
            }
        }
    }
    env.write("users/alex.yaml", "extension: [\n");
    let run = env.run(&["--log-format", "json", "plan"]);
    let entry: Value = serde_json::from_str(run.err.trim_end()).unwrap();
    assert_eq!(entry["level"], "ERROR");
}
