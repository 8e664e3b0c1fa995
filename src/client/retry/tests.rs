use super::super::courier::Payload;
use super::*;

fn tries(verb: Verb, patience: &Patience) -> Tries<'_> {
    let call = Call {
        verb,
        path: "/restapi/x",
        payload: Payload::Nothing,
        repeatable: verb != Verb::Post,
    };
    Tries::new(&call, patience, "api.example")
}

fn target() -> Target {
    Target {
        method: "-",
        path: "-".to_owned(),
    }
}

fn failed(error: Error) -> Outcome {
    Outcome {
        result: Err(error),
        retry_after: None,
        took: Duration::ZERO,
    }
}

fn status(status: u16) -> Outcome {
    failed(Error::refused(
        "api.example",
        target(),
        status,
        None,
        b"<html>",
        &[],
    ))
}

/// What the service itself says of a thing that is not there.
fn gone() -> Outcome {
    let body = br#"{"errors":[{"errorCode":"CMN-102"}]}"#;
    failed(Error::refused(
        "api.example",
        target(),
        404,
        None,
        body,
        &[],
    ))
}

fn timed_out() -> Outcome {
    failed(Error::TimedOut {
        host: "api.example".to_owned(),
        target: target(),
    })
}

fn no_connection() -> Outcome {
    failed(Error::Connect {
        host: "api.example".to_owned(),
        target: target(),
        reason: String::new(),
    })
}

#[test]
fn a_read_is_repeated_with_growing_pauses_and_then_given_up() {
    let patience = Patience::default();
    let mut tries = tries(Verb::Get, &patience);
    for (code, least) in [(502, 250), (503, 500), (408, 1000)] {
        match tries.next(status(code)) {
            Step::Again(pause) => {
                let milliseconds = u64::try_from(pause.as_millis()).unwrap();
                assert!(
                    (least..=2 * least).contains(&milliseconds),
                    "{code}: {pause:?}"
                );
            }
            other => panic!("{code}: {other:?}"),
        }
    }
    // Ten minutes of it, with pauses of half a minute at most, or half of that.
    for repeats in 3.. {
        match tries.next(status(502)) {
            Step::Again(pause) => assert!(pause <= Duration::from_secs(30), "{pause:?}"),
            Step::Fail(error) => {
                assert!(!error.is_unclear(), "a read changes nothing");
                assert!((20..50).contains(&repeats), "{repeats}");
                break;
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_an_attempt_takes_counts_and_one_repeat_is_always_made() {
    let patience = Patience::default();
    let slow = || Outcome {
        took: Duration::from_secs(601),
        ..timed_out()
    };
    let mut tries = tries(Verb::Get, &patience);
    assert!(matches!(tries.next(slow()), Step::Again(_)));
    assert!(matches!(tries.next(slow()), Step::Fail(_)));
}

#[test]
fn a_longer_pause_is_kept_where_the_service_asks_for_it() {
    let patience = Patience::default();
    for (asked, kept) in [
        (7, Some(7)),
        (90, Some(90)),
        (3600, Some(3600)),
        (3601, None),
    ] {
        let outcome = Outcome {
            retry_after: Some(Duration::from_secs(asked)),
            ..status(503)
        };
        match tries(Verb::Get, &patience).next(outcome) {
            Step::Again(pause) => assert_eq!(Some(pause), kept.map(Duration::from_secs)),
            Step::Fail(error) => assert_eq!((error.status(), kept), (Some(503), None)),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_sign_in_is_never_unclear_and_the_first_one_given_up_soon() {
    let patience = Patience::default().for_the_first_answer();
    let call = Call {
        verb: Verb::Post,
        path: "/restapi/oauth/token",
        payload: Payload::Form(Vec::new()),
        repeatable: true,
    };
    let hangs = || Outcome {
        took: Duration::from_secs(20),
        ..timed_out()
    };
    for (outcome, repeats) in [(hangs as fn() -> Outcome, 1..=1), (|| status(503), 2..=3)] {
        let mut tries = Tries::new(&call, &patience, "api.example");
        let mut again = 0;
        loop {
            match tries.next(outcome()) {
                Step::Again(_) => again += 1,
                Step::Fail(error) => {
                    assert!(!error.is_unclear(), "{error}");
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(repeats.contains(&again), "{again}");
    }
}

#[test]
fn a_create_is_repeated_only_where_it_was_surely_not_processed() {
    let patience = Patience::default();
    for outcome in [no_connection(), status(429)] {
        assert!(matches!(
            tries(Verb::Post, &patience).next(outcome),
            Step::Again(_)
        ));
    }
    let duplicate = br#"{"errors":[{"errorCode":"CMN-304"}]}"#;
    let duplicate = Error::refused("api.example", target(), 429, None, duplicate, &[]);
    for outcome in [
        timed_out(),
        status(500),
        status(504),
        status(201),
        failed(duplicate),
    ] {
        match tries(Verb::Post, &patience).next(outcome) {
            Step::Fail(error) => assert!(error.is_unclear(), "{error}"),
            other => panic!("{other:?}"),
        }
    }
    match tries(Verb::Post, &patience).next(status(400)) {
        Step::Fail(error) => assert!(!error.is_unclear(), "{error}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_missing_thing_is_deleted_only_if_we_may_have_done_it() {
    let patience = Patience::default();
    assert!(matches!(
        tries(Verb::Delete, &patience).next(gone()),
        Step::Fail(_)
    ));

    let mut refused = tries(Verb::Delete, &patience);
    assert!(matches!(refused.next(no_connection()), Step::Again(_)));
    assert!(matches!(refused.next(gone()), Step::Fail(_)));

    let mut unanswered = tries(Verb::Delete, &patience);
    assert!(matches!(unanswered.next(timed_out()), Step::Again(_)));
    assert!(matches!(unanswered.next(gone()), Step::Done(None)));
}

#[test]
fn a_gateway_that_does_not_find_the_service_says_nothing_about_the_thing() {
    let patience = Patience::default();
    let not_ours = br#"{"message":"no Route matched with those values"}"#;
    let not_ours = || Error::refused("api.example", target(), 404, None, not_ours, &[]);
    for answer in [status(404), failed(not_ours())] {
        let mut unanswered = tries(Verb::Delete, &patience);
        assert!(matches!(unanswered.next(timed_out()), Step::Again(_)));
        match unanswered.next(answer) {
            Step::Fail(error) => assert!(error.is_unclear(), "{error}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_update_that_was_never_answered_stays_unclear() {
    let patience = Patience {
        trouble: Duration::ZERO,
        ..Patience::default()
    };
    let mut tries = tries(Verb::Patch, &patience);
    assert!(matches!(tries.next(timed_out()), Step::Again(_)));
    match tries.next(timed_out()) {
        Step::Fail(error) => assert!(error.is_unclear()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_renewal_in_vain_and_five_rests_are_all_that_a_call_gets() {
    let patience = Patience::default();
    let mut tries = tries(Verb::Get, &patience);
    assert!(matches!(tries.next(status(401)), Step::Renew(_)));
    assert!(matches!(tries.next(status(401)), Step::Fail(_)));
    for _ in 0..5 {
        assert!(matches!(
            tries.next(status(429)),
            Step::Again(Duration::ZERO)
        ));
    }
    assert!(matches!(tries.next(status(429)), Step::Fail(_)));
}

#[test]
fn a_token_that_served_others_meanwhile_is_renewed_again_but_not_for_ever() {
    let patience = Patience::default();
    let mut tries = tries(Verb::Get, &patience);
    for _ in 0..MOST_RENEWALS {
        assert!(matches!(tries.next(status(401)), Step::Renew(_)));
        tries.token_has_served();
    }
    match tries.next(status(401)) {
        Step::Fail(error) => {
            assert!(matches!(error, Error::NewToken(_)), "{error:?}");
            assert_eq!(error.status(), Some(401));
        }
        other => panic!("{other:?}"),
    }
}
