//! The observer of an apply is called before and after each write, and can stop the apply.

use std::cell::RefCell;
use std::error::Error;
use std::fmt::Write as _;
use std::io;

use callrules::reconcile::account::AccountReader;
use callrules::reconcile::{
    self, ApplyObserver, ChangeOutcome, PlannedChange, UserPlan, WriteVerification,
};
use callrules::render::apply_report;
use serde_json::{Value, json};

use super::{build_user_file, client, list_outcomes, make_plan, resolve_users};
use crate::support::{TestEnv, forwarding, single_user_seed};

/// An observer that records each call as a line, and fails when `capacity` lines are recorded.
struct Notebook {
    lines: RefCell<Vec<String>>,
    capacity: usize,
}

impl Notebook {
    fn record(&self, line: String) -> io::Result<()> {
        let mut lines = self.lines.borrow_mut();
        if lines.len() == self.capacity {
            return Err(io::Error::other("the disk is full"));
        }
        lines.push(line);
        Ok(())
    }
}

/// Returns the number that a rule forwards calls to, or `-`.
fn find_destination(body: Option<&Value>) -> String {
    let text = body.map(Value::to_string).unwrap_or_default();
    let (_, number) = text
        .split_once("\"destination\":{\"phoneNumber\":\"")
        .unwrap_or(("", "-"));
    number.split('"').next().unwrap().to_owned()
}

impl ApplyObserver for Notebook {
    fn before_write(
        &self,
        _: &UserPlan,
        change: &PlannedChange,
        before: Option<&Value>,
        _: Option<&Value>,
    ) -> io::Result<()> {
        self.record(format!("{}: {}", change.name, find_destination(before)))
    }

    fn after_write<E: Error + 'static>(
        &self,
        _: &UserPlan,
        change: &PlannedChange,
        before: Option<&Value>,
        after: Option<&Value>,
        outcome: &ChangeOutcome<E>,
    ) -> io::Result<()> {
        let done = matches!(outcome, ChangeOutcome::Applied { .. });
        let (before, after) = (find_destination(before), find_destination(after));
        self.record(format!("{}: {before} → {after} {done}", change.name))
    }
}

/// What an observed apply produced.
struct ObservedApply {
    env: TestEnv,
    lines: Vec<String>,
    outcomes: Vec<&'static str>,
    report: String,
}

/// Applies one create, one update and one delete with an observer that accepts `capacity` lines.
fn apply_with_notebook(capacity: usize) -> ObservedApply {
    let rules = json!([
        forwarding("Old", "+16501111111", "+14082320000"),
        forwarding("VIP", "+16501111111", "+14082320000"),
    ]);
    let env = TestEnv::new(single_user_seed(rules));
    env.write("users/alex.yaml", &build_user_file("101", &["New", "VIP"]));
    let notebook = Notebook {
        lines: RefCell::default(),
        capacity,
    };
    let (outcomes, report) = env.block_on(async {
        let client = client(&env.sandbox().url());
        let users = resolve_users(&env, &client).await;
        let plan = make_plan(&client, &users).await.unwrap();
        let directory = client.directory().await.unwrap();
        let report = reconcile::apply_plan(
            &client,
            &plan,
            &directory,
            WriteVerification::ReadBack,
            &notebook,
        )
        .await;
        assert_eq!(report.is_complete(), capacity > 5);
        (list_outcomes(&report), apply_report::render_text(&report))
    });
    ObservedApply {
        env,
        lines: notebook.lines.into_inner(),
        outcomes,
        report,
    }
}

#[test]
fn observer_is_called_before_and_after_each_write() {
    let ObservedApply {
        lines, outcomes, ..
    } = apply_with_notebook(99);
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
fn apply_stops_writing_when_observer_fails() {
    let mut reports = String::new();
    for (capacity, expected) in [
        (0, ["not tried"; 3]),
        (1, ["done", "not tried", "not tried"]),
        (2, ["done", "not tried", "not tried"]),
        (5, ["done"; 3]),
    ] {
        let ObservedApply {
            env,
            outcomes,
            report,
            ..
        } = apply_with_notebook(capacity);
        assert_eq!(outcomes, expected, "{capacity}");
        write!(reports, "{capacity} lines:\n{report}").unwrap();
        let writes = ["POST", "PATCH", "DELETE"].map(|verb| env.requests(verb, "/1001/").len());
        let done = outcomes.iter().filter(|name| **name == "done").count();
        assert_eq!(writes.iter().sum::<usize>(), done, "{capacity}");
    }
    insta::assert_snapshot!(reports, @r#"
    0 lines:
    Done 0 · failed 0 · refused 0 · not tried 3
      not tried  Alex Morgan · 101: interaction rule "New"
      not tried  Alex Morgan · 101: interaction rule "VIP"
      not tried  Alex Morgan · 101: interaction rule "Old"
    No further changes were sent, because the journal can't be written: the disk is full
    1 lines:
    Done 1 · failed 0 · refused 0 · not tried 2
      not tried  Alex Morgan · 101: interaction rule "VIP"
      not tried  Alex Morgan · 101: interaction rule "Old"
    No further changes were sent, because the journal can't be written: the disk is full
    2 lines:
    Done 1 · failed 0 · refused 0 · not tried 2
      not tried  Alex Morgan · 101: interaction rule "VIP"
      not tried  Alex Morgan · 101: interaction rule "Old"
    No further changes were sent, because the journal can't be written: the disk is full
    5 lines:
    Done 3 · failed 0 · refused 0 · not tried 0
    No further changes were sent, because the journal can't be written: the disk is full
    "#);
}
