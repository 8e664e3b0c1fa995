//! What a run says beside its outcome.

use serde_json::{Value, json};

use crate::support::{TestEnv, single_user_seed};

const USER: &str = "extension: \"101\"\ninteractionRules: {}\n";

/// Every JSON object of the log.
fn log(text: &str) -> Vec<Value> {
    let lines = text.lines().filter(|line| line.starts_with('{'));
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn each_request_is_logged_and_no_secret() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("users/alex.yaml", USER);
    let run = env.run(&["-vv", "--log-format", "json", "plan"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let sent = log(&run.err)
        .iter()
        .filter(|line| line["fields"]["message"] == "a request was sent")
        .map(|line| line["fields"]["path"].as_str().unwrap().to_owned())
        .collect::<Vec<_>>();
    let exchanges = env.sandbox().exchanges();
    let paths = exchanges.iter().map(|e| e.path.split('?').next().unwrap());
    assert_eq!(sent, paths.collect::<Vec<_>>());

    let told = run.out + &run.err;
    let token = exchanges[0].response.as_ref().unwrap()["access_token"].clone();
    let basic = "aWQ6c2VjcmV0"; // id:secret
    for secret in [token.as_str().unwrap(), "c2lnbmF0dXJl", basic] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
}

#[test]
fn what_is_soon_done_shows_no_progress_and_no_colours() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("users/alex.yaml", USER);
    let run = env.run(&["-v", "plan"]);
    assert!(!run.err.contains("Reading users"), "{}", run.err);
    assert!(!run.err.contains('\u{1b}'), "{:?}", run.err);
}
