//! A made-up clock: every test says what time it is.

use super::super::endpoints::Verb;
use super::*;

const TOKEN: &str = "/restapi/oauth/token";
const ACCOUNT: &str = "/restapi/v1.0/account/~";
pub(super) const EXTENSIONS: &str = "/restapi/v1.0/account/~/extension";

pub(super) fn kind(path: &str) -> Kind {
    Kind::of(Verb::Get, path)
}

pub(super) fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub(super) fn headers(group: &str, limit: usize, remaining: usize) -> RateHeaders {
    RateHeaders {
        group: Some(group.to_owned()),
        limit: Some(limit),
        remaining: Some(remaining),
        window: Some(seconds(60)),
    }
}

fn go(limits: &mut Limits, path: &str, now: Instant) -> Ticket {
    match limits.ask(kind(path), now) {
        Decision::Go(ticket) => ticket,
        other => panic!("{path} should go now, got {other:?}"),
    }
}

/// Sends and is answered at once.
fn done(limits: &mut Limits, path: &str, headers: &RateHeaders, now: Instant) {
    let ticket = go(limits, path, now);
    limits.settle(&ticket, &Verdict::Taken(headers), now);
}

fn wait(limits: &mut Limits, path: &str, now: Instant) -> Duration {
    match limits.ask(kind(path), now) {
        Decision::Wait { until, .. } => until - now,
        other => panic!("{path} should wait, got {other:?}"),
    }
}

#[test]
fn documented_limits_hold_until_an_answer_tells() {
    for (path, limit) in [(TOKEN, 5), (ACCOUNT, 50), (EXTENSIONS, 40)] {
        let (mut limits, start) = (Limits::default(), Instant::now());
        for _ in 0..limit {
            done(&mut limits, path, &RateHeaders::default(), start);
        }
        assert_eq!(
            wait(&mut limits, path, start + seconds(1)),
            seconds(59),
            "{path}"
        );
        go(&mut limits, path, start + seconds(60));
    }
}

#[test]
fn a_place_is_free_one_window_after_the_answer_not_after_the_send() {
    // The request may have arrived, and been counted, as late as its answer came.
    let (mut limits, start) = (Limits::default(), Instant::now());
    let tight = headers("medium", 1, 0);
    let ticket = go(&mut limits, EXTENSIONS, start);
    limits.settle(&ticket, &Verdict::Taken(&tight), start + seconds(7));
    assert_eq!(
        wait(&mut limits, EXTENSIONS, start + seconds(8)),
        seconds(59)
    );
}

#[test]
fn with_everything_under_way_the_next_answer_decides() {
    let (mut limits, start) = (Limits::default(), Instant::now());
    done(&mut limits, EXTENSIONS, &headers("medium", 2, 1), start);
    let flying = go(&mut limits, EXTENSIONS, start + seconds(60));
    go(&mut limits, EXTENSIONS, start + seconds(60));
    let now = start + seconds(61);
    assert_eq!(limits.ask(kind(EXTENSIONS), now), Decision::AfterAnswer);
    limits.settle(&flying, &Verdict::Unsent, now);
    go(&mut limits, EXTENSIONS, now);
}

#[test]
fn a_group_with_another_name_and_limit_is_learned_from_the_answer() {
    let (mut limits, start) = (Limits::default(), Instant::now());
    done(&mut limits, EXTENSIONS, &headers("Directory", 2, 1), start);
    done(&mut limits, EXTENSIONS, &headers("directory", 2, 0), start);
    assert_eq!(wait(&mut limits, EXTENSIONS, start), seconds(60));
    // What is left in the group that was assumed before is not touched by it.
    go(&mut limits, "/restapi/v9/other-medium", start);
}

#[test]
fn what_others_use_is_held_back() {
    let (mut limits, start) = (Limits::default(), Instant::now());
    // Ten places, and our first request finds only five left: four are in use elsewhere, and two more are left to
    // whoever uses them.
    for remaining in [5, 4, 3, 2] {
        done(
            &mut limits,
            EXTENSIONS,
            &headers("medium", 10, remaining),
            start,
        );
    }
    assert_eq!(
        wait(&mut limits, EXTENSIONS, start + seconds(10)),
        seconds(50)
    );
}

#[test]
fn what_is_ours_is_not_taken_for_anothers_while_the_window_slides() {
    let (mut limits, start) = (Limits::default(), Instant::now());
    let at = |tenths: u64| start + Duration::from_millis(100 * tenths);
    // Each answer takes two tenths of a second, and the service counts after one.
    let mut sent_at = |tenths: u64, remaining| {
        let ticket = go(&mut limits, EXTENSIONS, at(tenths));
        let told = headers("medium", 3, remaining);
        limits.settle(&ticket, &Verdict::Taken(&told), at(tenths + 2));
    };
    sent_at(0, 2);
    sent_at(2, 1);
    sent_at(4, 0);
    // When this one is answered, the last one before it was sent a whole window ago, and still counts.
    sent_at(602, 1);
    sent_at(604, 1);
    go(&mut limits, EXTENSIONS, at(606));
}

#[test]
fn a_wait_for_the_budget_is_announced_once_per_window() {
    let (mut limits, start) = (Limits::default(), Instant::now());
    done(&mut limits, EXTENSIONS, &headers("medium", 1, 0), start);
    let mut announced = |after: u64| match limits.ask(kind(EXTENSIONS), start + seconds(after)) {
        Decision::Wait { announce, .. } => announce,
        other => panic!("{other:?}"),
    };
    assert_eq!(announced(1), Some(("medium".to_owned(), seconds(59))));
    assert_eq!(announced(2), None);
}

#[test]
fn a_429_stops_its_whole_group_and_then_one_request_probes() {
    let (mut limits, start) = (Limits::default(), Instant::now());
    let first = go(&mut limits, EXTENSIONS, start);
    let told = headers("medium", 40, 0);
    let rests = limits.settle(&first, &Verdict::Throttled(&told, Some(seconds(9))), start);
    assert_eq!(rests.unwrap().group.as_deref(), Some("medium"));
    assert_eq!(
        wait(&mut limits, EXTENSIONS, start + seconds(1)),
        seconds(8)
    );
    // Other groups go on.
    go(&mut limits, ACCOUNT, start + seconds(1));

    let after = start + seconds(9);
    let probe = go(&mut limits, EXTENSIONS, after);
    assert_eq!(limits.ask(kind(EXTENSIONS), after), Decision::AfterAnswer);
    limits.settle(&probe, &Verdict::Taken(&headers("medium", 40, 39)), after);
    go(&mut limits, EXTENSIONS, after);
    go(&mut limits, EXTENSIONS, after);
}

#[test]
fn a_429_without_headers_stops_all_groups_for_half_a_minute() {
    let (mut limits, start) = (Limits::default(), Instant::now());
    let first = go(&mut limits, EXTENSIONS, start);
    let bare = RateHeaders::default();
    let rests = limits.settle(&first, &Verdict::Throttled(&bare, None), start);
    assert_eq!(
        rests,
        Some(Rests {
            group: None,
            span: seconds(30)
        })
    );
    for path in [EXTENSIONS, ACCOUNT, TOKEN] {
        assert_eq!(
            wait(&mut limits, path, start + seconds(10)),
            seconds(20),
            "{path}"
        );
    }
    let after = start + seconds(30);
    let probe = go(&mut limits, ACCOUNT, after);
    assert_eq!(limits.ask(kind(EXTENSIONS), after), Decision::AfterAnswer);
    limits.settle(&probe, &Verdict::Taken(&bare), after);
    go(&mut limits, EXTENSIONS, after);
}

#[test]
fn the_fewer_places_are_left_the_fewer_requests_are_under_way() {
    let (mut limits, start) = (Limits::default(), Instant::now());
    let mut most = |remaining| {
        let told = headers("medium", 40, remaining);
        done(&mut limits, EXTENSIONS, &told, start);
        let mut flying = Vec::new();
        while let Decision::Go(ticket) = limits.ask(kind(EXTENSIONS), start) {
            flying.push(ticket);
        }
        for ticket in &flying {
            limits.settle(ticket, &Verdict::Unsent, start);
        }
        flying.len()
    };
    // A quarter of what is left with it under way, and with two places left to others.
    assert_eq!([most(39), most(20), most(10), most(3)], [8, 3, 2, 1]);
}

#[test]
fn two_who_prolong_each_others_penalty_get_out_of_step() {
    let (mut limits, start) = (Limits::default(), Instant::now());
    let told = headers("medium", 40, 0);
    let first = go(&mut limits, EXTENSIONS, start);
    limits.settle(&first, &Verdict::Throttled(&told, Some(seconds(9))), start);
    let mut now = start + seconds(9);
    for twice in [18, 36] {
        let probe = go(&mut limits, EXTENSIONS, now);
        let rests = limits.settle(&probe, &Verdict::Throttled(&told, Some(seconds(9))), now);
        assert_eq!(rests.unwrap().span, seconds(twice));
        now += seconds(twice);
    }
    // One that is let through forgets it all.
    done(&mut limits, EXTENSIONS, &headers("medium", 40, 39), now);
    let next = go(&mut limits, EXTENSIONS, now);
    let rests = limits.settle(&next, &Verdict::Throttled(&told, Some(seconds(9))), now);
    assert_eq!(rests.unwrap().span, seconds(9));
}

#[test]
fn a_probe_that_is_lost_is_followed_by_another() {
    let (mut limits, start) = (Limits::default(), Instant::now());
    let told = headers("medium", 40, 0);
    let first = go(&mut limits, EXTENSIONS, start);
    limits.settle(&first, &Verdict::Throttled(&told, Some(seconds(1))), start);
    let mut after = start + seconds(1);
    // Nor does a gateway, or a refusal without a word about limits, prove that the penalty is over.
    for verdict in [
        Verdict::Unsent,
        Verdict::Unanswered,
        Verdict::Page,
        Verdict::Bare,
    ] {
        let probe = go(&mut limits, EXTENSIONS, after);
        assert_eq!(limits.ask(kind(EXTENSIONS), after), Decision::AfterAnswer);
        limits.settle(&probe, &verdict, after);
        // After a gateway there is a pause.
        after += seconds(1);
    }
    let probe = go(&mut limits, EXTENSIONS, after);
    assert_eq!(limits.ask(kind(EXTENSIONS), after), Decision::AfterAnswer);
    limits.settle(&probe, &Verdict::Taken(&RateHeaders::default()), after);
    go(&mut limits, EXTENSIONS, after);
    go(&mut limits, EXTENSIONS, after);
}

#[test]
fn a_request_that_was_on_its_way_and_is_lost_may_have_begun_the_penalty_again() {
    let start = Instant::now();
    let told = headers("medium", 40, 0);
    for verdict in [Verdict::Unanswered, Verdict::Page] {
        let mut limits = Limits::default();
        let [first, lost, late] = [(); 3].map(|()| go(&mut limits, EXTENSIONS, start));
        limits.settle(&first, &Verdict::Throttled(&told, Some(seconds(9))), start);
        let now = start + seconds(5);
        limits.settle(&lost, &verdict, now);
        assert_eq!(wait(&mut limits, EXTENSIONS, now), seconds(9));
        // Also where the probe is under way: it may have been there before.
        let now = now + seconds(9);
        let probe = go(&mut limits, EXTENSIONS, now);
        limits.settle(&late, &verdict, now);
        limits.settle(&probe, &Verdict::Taken(&headers("medium", 40, 39)), now);
        assert_eq!(wait(&mut limits, EXTENSIONS, now), seconds(9));
        // What sets out after the penalty does not meet it.
        let now = now + seconds(9);
        let probe = go(&mut limits, EXTENSIONS, now);
        limits.settle(&probe, &verdict, now);
        go(&mut limits, EXTENSIONS, now + seconds(1));
    }
}

#[test]
fn the_answer_of_an_old_probe_does_not_lift_a_newer_rest() {
    let (mut limits, start) = (Limits::default(), Instant::now());
    let told = headers("medium", 40, 0);
    let first = go(&mut limits, EXTENSIONS, start);
    let late = go(&mut limits, EXTENSIONS, start);
    limits.settle(&first, &Verdict::Throttled(&told, Some(seconds(1))), start);
    let after = start + seconds(1);
    let probe = go(&mut limits, EXTENSIONS, after);
    limits.settle(&late, &Verdict::Throttled(&told, Some(seconds(5))), after);
    limits.settle(&probe, &Verdict::Taken(&headers("medium", 40, 30)), after);
    assert_eq!(wait(&mut limits, EXTENSIONS, after), seconds(5));
}

#[test]
fn absurd_spans_do_no_harm() {
    let (mut limits, start) = (Limits::default(), Instant::now());
    let absurd = RateHeaders {
        limit: Some(0),
        window: Some(Duration::MAX),
        ..headers("medium", 0, usize::MAX)
    };
    let first = go(&mut limits, EXTENSIONS, start);
    limits.settle(
        &first,
        &Verdict::Throttled(&absurd, Some(Duration::MAX)),
        start,
    );
    let asked = limits.ask(kind(EXTENSIONS), start);
    assert_eq!(asked, Decision::Shut(start + FOR_EVER));
    // The group's own limit is as absurd.
    let after = start + FOR_EVER;
    go(&mut limits, EXTENSIONS, after);
}

#[test]
fn a_long_rest_is_kept_whole_and_one_that_is_too_long_is_told() {
    for (asked, is_waited_for) in [(601, true), (3600, true), (3601, false), (100_000, false)] {
        let (mut limits, start) = (Limits::default(), Instant::now());
        let told = headers("medium", 40, 0);
        let first = go(&mut limits, EXTENSIONS, start);
        limits.settle(
            &first,
            &Verdict::Throttled(&told, Some(seconds(asked))),
            start,
        );
        let until = start + seconds(asked);
        for late in [0, asked / 2, asked - 1] {
            match limits.ask(kind(EXTENSIONS), start + seconds(late)) {
                Decision::Wait { until: told, .. } if is_waited_for => assert_eq!(told, until),
                Decision::Shut(told) if !is_waited_for => assert_eq!(told, until),
                other => panic!("{asked} after {late}: {other:?}"),
            }
        }
        // Other groups go on, and so does this one when the rest is over.
        go(&mut limits, ACCOUNT, start);
        go(&mut limits, EXTENSIONS, until);
    }
}

#[test]
fn refused_probes_never_make_a_rest_too_long() {
    let (mut limits, start) = (Limits::default(), Instant::now());
    let told = headers("medium", 40, 0);
    let first = go(&mut limits, EXTENSIONS, start);
    let throttled = Verdict::Throttled(&told, Some(seconds(2400)));
    limits.settle(&first, &throttled, start);
    let now = start + seconds(2400);
    let probe = go(&mut limits, EXTENSIONS, now);
    limits.settle(&probe, &throttled, now);
    assert_eq!(wait(&mut limits, EXTENSIONS, now), seconds(3600));
}
