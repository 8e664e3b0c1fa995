//! A create without a clear answer: never two rules, never none.

use std::thread;

use serde_json::json;

use super::{file, names};
use crate::support::{World, one_user};

fn world(fault: &str) -> World {
    let world = World::with_faults(one_user(json!([])), &[fault]);
    world.write("users/alex.yaml", &file("101", &["A", "B"]));
    world
}

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
                let world = world(&format!("{kind} method=POST nth=1"));
                let run = world.apply();
                assert!(run.out.contains("Done 2 · failed 0"), "{kind}: {}", run.out);
                assert!(!run.out.contains("warning"), "{kind}: {}", run.out);
                assert_eq!(names(&world.user("101")), ["A", "B"], "{kind}");
                let posts = world.requests("POST", "/interaction-rules");
                assert_eq!(posts.len(), sent, "{kind}");
            });
        }
    });
}

#[test]
fn after_three_times_it_is_given_up_and_the_next_apply_begins_anew() {
    let world = world("drop-before method=POST first=3");
    let run = world.run(&["apply", "--auto-approve"]);
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
    assert_eq!(world.requests("POST", "/interaction-rules").len(), 3);
    world.apply();
    assert_eq!(names(&world.user("101")), ["A", "B"]);
}

#[test]
fn where_nobody_can_look_nothing_is_sent_again() {
    let world = World::with_faults(
        one_user(json!([])),
        &[
            "drop-after method=POST nth=1",
            // Neither the plan nor the reading before the writes.
            "503 method=GET path=interaction-rules nth=3",
            "503 method=GET path=interaction-rules nth=3",
            "503 method=GET path=interaction-rules nth=3",
            "503 method=GET path=interaction-rules nth=3",
        ],
    );
    world.write("users/alex.yaml", &file("101", &["A"]));
    let run = world.run(&["apply", "--auto-approve"]);
    assert_eq!(run.code, 3, "{}", run.err);
    let told = "and then the rules could not be read: GET ";
    assert!(run.out.contains(told), "{}", run.out);
    assert_eq!(world.requests("POST", "/interaction-rules").len(), 1);
    world.apply();
    assert_eq!(names(&world.user("101")), ["A"]);
}
