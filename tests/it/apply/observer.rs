//! Whoever follows an apply hears of each write before and after, and can stop it.

use std::cell::RefCell;
use std::error::Error;
use std::io;

use callrules::engine::account::Read;
use callrules::engine::{self, Change, Outcome, UserPlan, Watch};
use callrules::render::report;
use serde_json::{Value, json};

use super::{client, desired, file, plan, words};
use crate::support::{TestEnv, forwarding, single_user_seed};

/// Writes down what it hears, until there is no room left.
struct Notebook {
    lines: RefCell<Vec<String>>,
    room: usize,
}

impl Notebook {
    fn note(&self, line: String) -> io::Result<()> {
        let mut lines = self.lines.borrow_mut();
        if lines.len() == self.room {
            return Err(io::Error::other("the disk is full"));
        }
        lines.push(line);
        Ok(())
    }
}

/// Where a rule forwards calls to, or nothing.
fn number(body: Option<&Value>) -> String {
    let text = body.map(Value::to_string).unwrap_or_default();
    let (_, number) = text
        .split_once("\"destination\":{\"phoneNumber\":\"")
        .unwrap_or(("", "-"));
    number.split('"').next().unwrap().to_owned()
}

impl Watch for Notebook {
    fn about_to(
        &self,
        _: &UserPlan,
        change: &Change,
        before: Option<&Value>,
        _: Option<&Value>,
    ) -> io::Result<()> {
        self.note(format!("{}: {}", change.name, number(before)))
    }

    fn settled<E: Error + 'static>(
        &self,
        _: &UserPlan,
        change: &Change,
        before: Option<&Value>,
        after: Option<&Value>,
        outcome: &Outcome<E>,
    ) -> io::Result<()> {
        let done = matches!(outcome, Outcome::Done { .. });
        let (before, after) = (number(before), number(after));
        self.note(format!("{}: {before} → {after} {done}", change.name))
    }
}

/// What is heard of an apply, what became of its changes, and how that is told.
fn followed(room: usize) -> (Vec<String>, Vec<&'static str>, String, TestEnv) {
    let rules = json!([
        forwarding("Old", "+16501111111", "+14082320000"),
        forwarding("VIP", "+16501111111", "+14082320000"),
    ]);
    let env = TestEnv::new(single_user_seed(rules));
    env.write("users/alex.yaml", &file("101", &["New", "VIP"]));
    let (lines, outcomes, text) = env.block_on(async {
        let client = client(&env.sandbox().url());
        let desired = desired(&env, &client).await;
        let plan = plan(&client, &desired).await.unwrap();
        let notebook = Notebook {
            lines: RefCell::default(),
            room,
        };
        let directory = client.directory().await.unwrap();
        let report = engine::apply(&client, &plan, &directory, &notebook).await;
        assert_eq!(report.is_complete(), room > 5);
        (notebook.lines.take(), words(&report), report::text(&report))
    });
    (lines, outcomes, text, env)
}

#[test]
fn each_write_is_heard_of_before_and_after() {
    let (lines, outcomes, _, _) = followed(99);
    assert_eq!(outcomes, ["done"; 3]);
    assert_eq!(
        lines,
        [
            "New: -",
            "New: - → +14082324343 true",
            "VIP: +14082320000",
            "VIP: +14082320000 → +14082324343 true",
            "Old: +14082320000",
            "Old: +14082320000 → - true",
        ]
    );
}

#[test]
fn what_cannot_be_recorded_is_not_written() {
    for (room, outcomes) in [
        (0, ["not tried"; 3]),
        (1, ["done", "not tried", "not tried"]),
        (2, ["done", "not tried", "not tried"]),
        (5, ["done"; 3]),
    ] {
        let (_, found, text, env) = followed(room);
        assert_eq!(found, outcomes, "{room}");
        assert!(text.contains("the disk is full"), "{room}: {text}");
        let writes = ["POST", "PATCH", "DELETE"].map(|verb| env.requests(verb, "/1001/").len());
        let done = outcomes.iter().filter(|word| **word == "done").count();
        assert_eq!(writes.iter().sum::<usize>(), done, "{room}");
    }
}
