//! A create without a clear answer: never none, and never two of which nobody is told.

use std::cell::RefCell;
use std::error::Error;
use std::io;
use std::thread;
use std::time::Duration;

use callrules::client::{Client, Patience};
use callrules::engine::account::Read as _;
use callrules::engine::{self, Change, Doubt, Outcome, UserPlan, Watch};
use callrules::render::report;
use serde_json::{Value, json};

use super::{credentials, desired, file, names, plan};
use crate::support::{TestEnv, single_user_seed};

fn env(faults: &[&str]) -> TestEnv {
    let env = TestEnv::with_faults(single_user_seed(json!([])), faults);
    env.write("users/alex.yaml", &file("101", &["A", "B"]));
    env
}

/// Notes each change that is settled, with whether it may have happened.
#[derive(Default)]
struct Notes(RefCell<Vec<String>>);

impl Watch for Notes {
    fn settled<E: Error + 'static>(
        &self,
        _: &UserPlan,
        change: &Change,
        _: Option<&Value>,
        after: Option<&Value>,
        outcome: &Outcome<E>,
    ) -> io::Result<()> {
        let word = match outcome {
            Outcome::Done { .. } => "done",
            Outcome::Failed(failure) if failure.is_unclear() => "unclear",
            _ => "not done",
        };
        let answered = after.is_some();
        let note = format!("{}: {word}, answered: {answered}", change.name);
        self.0.borrow_mut().push(note);
        Ok(())
    }

    fn doubted(&self, _: &UserPlan, change: &Change, _: &Doubt) -> io::Result<()> {
        self.0
            .borrow_mut()
            .push(format!("{}: in doubt", change.name));
        Ok(())
    }
}

/// Applies with a client that gives a lost request this long to land; gives the report and the notes.
fn applied(env: &TestEnv, landing: Duration) -> (String, Vec<String>) {
    let patience = Patience {
        retry_delay: Duration::from_millis(5),
        // Three or four attempts.
        trouble: Duration::from_millis(20),
        landing,
        ..Patience::default()
    };
    let client = Client::with_patience(credentials(&env.sandbox().url()), patience).unwrap();
    let notes = Notes::default();
    let text = env.block_on(async {
        let desired = desired(env, &client).await;
        let plan = plan(&client, &desired).await.unwrap();
        let directory = client.directory().await.unwrap();
        report::text(&engine::apply(&client, &plan, &directory, &notes).await)
    });
    (text, notes.0.into_inner())
}

const SOON: Duration = Duration::from_millis(60);

#[test]
fn what_was_carried_out_is_found_and_what_was_not_is_sent_again() {
    thread::scope(|scope| {
        for (kind, sent) in [
            ("drop-after", 2),
            ("cut", 2),
            ("not-json", 2),
            ("drop-before", 3),
            ("500", 3),
            ("502", 3),
            ("503", 3),
            ("504", 3),
            ("html", 3),
            ("html status=200", 3),
        ] {
            scope.spawn(move || {
                let env = env(&[&format!("{kind} method=POST nth=1")]);
                let (text, notes) = applied(&env, SOON);
                let all = "Done 2 · failed 0 · refused 0 · not tried 0\n";
                assert_eq!(text, all, "{kind}");
                assert_eq!(notes.len(), 2, "{kind}: {notes:?}");
                assert_eq!(names(&env.user("101")), ["A", "B"], "{kind}");
                let posts = env.requests("POST", "/interaction-rules");
                assert_eq!(posts.len(), sent, "{kind}");
            });
        }
    });
}

#[test]
fn after_three_times_it_is_given_up_and_the_next_apply_begins_anew() {
    let env = env(&["503 method=POST first=3"]);
    let run = env.run(&["apply", "--auto-approve"]);
    assert_eq!(run.code, 3, "{}", run.err);
    assert!(
        run.out
            .contains("Done 0 · failed 1 · refused 0 · not tried 1\n"),
        "{}",
        run.out
    );
    let told = "interaction rule \"A\": whether it was created was unclear, and then no such rule was \
                there: it is unclear whether POST";
    assert!(run.out.contains(told), "{}", run.out);
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 3);
    env.apply();
    assert_eq!(names(&env.user("101")), ["A", "B"]);
}

#[test]
fn what_may_still_come_is_not_told_as_failed() {
    let env = env(&["drop-before method=POST first=3"]);
    let (text, notes) = applied(&env, SOON);
    let told = "and then no such rule was there, though it may come late: ";
    assert!(text.contains(told), "{text}");
    assert_eq!(notes[0], "A: unclear, answered: false");
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 3);
}

#[test]
fn where_nobody_can_look_nothing_is_sent_again() {
    let env = TestEnv::with_faults(
        single_user_seed(json!([])),
        &[
            "drop-after method=POST nth=1",
            // Neither the plan nor the reading before the writes.
            "503 method=GET path=interaction-rules nth=3",
            "503 method=GET path=interaction-rules nth=3",
            "503 method=GET path=interaction-rules nth=3",
            "503 method=GET path=interaction-rules nth=3",
        ],
    );
    env.write("users/alex.yaml", &file("101", &["A"]));
    let (text, notes) = applied(&env, SOON);
    let told = "and then the rules could not be read: GET ";
    assert!(text.contains(told), "{text}");
    assert_eq!(notes, ["A: unclear, answered: false"]);
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 1);
    env.apply();
    assert_eq!(names(&env.user("101")), ["A"]);
}

#[test]
fn what_lands_late_is_waited_for_before_it_is_sent_again() {
    let env = env(&["drop-late delay=0.5 method=POST nth=1"]);
    let (text, _) = applied(&env, Duration::from_secs(3));
    assert_eq!(text, "Done 2 · failed 0 · refused 0 · not tried 0\n");
    assert_eq!(names(&env.user("101")), ["A", "B"]);
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 2);
}

#[test]
fn what_lands_after_it_was_sent_again_is_told_and_not_deleted() {
    // It is sent again after a second, and all else is done at once; then the lost request lands.
    let env = env(&["drop-late delay=1.6 method=POST nth=1"]);
    let (text, notes) = applied(&env, Duration::from_secs(1));
    let user = env.user("101");
    assert_eq!(names(&user), ["A", "B", "A"]);
    let id = |place: usize| user["interactionRules"][place]["id"].as_str().unwrap();
    let (kept, late) = (id(0), id(2));
    assert_eq!(
        text,
        format!(
            "Done 1 · failed 1 · refused 0 · not tried 0\n  failed     Alex Morgan · 101: interaction rule \
             \"A\": it was created, and then 1 more of that name by an earlier request that was carried out \
             late: delete {late} in the app, or write `id: \"{kept}\"` into the rule in the file, and with \
             `prune: all` the next plan shows the others as deletes\n"
        )
    );
    // What is known is told at once, and the doubt when it comes up.
    let told = [
        "A: done, answered: true",
        "B: done, answered: true",
        "A: in doubt",
    ];
    assert_eq!(notes, told);
    assert!(env.requests("DELETE", "").is_empty());

    // The next plan says so too, and does nothing by itself.
    let run = env.run(&["plan"]);
    assert_eq!(run.code, 1, "{}", run.out);
    let told = format!("{}{}", run.out, run.err);
    assert!(told.contains("the account has 2 rules named `A`"), "{told}");
    assert!(told.contains(&format!("{kept}, {late}")), "{told}");

    // And this is the way out that the report names.
    let mut file: Value = serde_json::from_str(&file("101", &["A", "B"])).unwrap();
    file["interactionRules"]["A"]["id"] = json!(kept);
    env.write("users/alex.yaml", &file.to_string());
    let plan = env.plan();
    let changes = plan["users"][0]["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{plan:#}");
    assert_eq!(
        (&changes[0]["action"], &changes[0]["ruleId"]),
        (&json!("delete"), &json!(late))
    );
    env.apply();
    assert_eq!(names(&env.user("101")), ["A", "B"]);
}

#[test]
fn where_nobody_can_look_again_a_create_that_was_repeated_is_not_done() {
    let env = env(&[
        "drop-before method=POST nth=1",
        // The plan, the reading before the writes, and three looks come before.
        "503 method=GET path=interaction-rules nth=6",
        "503 method=GET path=interaction-rules nth=6",
        "503 method=GET path=interaction-rules nth=6",
        "503 method=GET path=interaction-rules nth=6",
    ]);
    let (text, notes) = applied(&env, SOON);
    let told = "\"A\": it was created, and whether an earlier request was carried out as well could not be \
                seen: GET ";
    assert!(text.contains(told), "{text}");
    assert_eq!(notes[2], "A: in doubt");
    assert_eq!(names(&env.user("101")), ["A", "B"]);
}
