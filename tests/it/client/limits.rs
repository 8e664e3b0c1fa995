//! Rate limits: when requests arrive.

use std::time::{Duration, Instant};

use callrules::engine::account::Read;
use callrules::model::ExtensionId;
use futures::future::{join, join_all};

use super::support::{
    ACCOUNT, EXTENSIONS, Server, TOKEN, account, late, limited, list, refusal, user, with,
};

#[tokio::test]
async fn a_429_stops_the_group_then_one_probes_and_all_are_served() {
    let server = Server::start(|seen, _| {
        if seen.is_for(TOKEN) {
            return None;
        }
        static REFUSED: std::sync::Once = std::sync::Once::new();
        let mut answer = limited(list(Vec::new()), "medium", 40, 60);
        REFUSED.call_once(|| {
            answer = with(
                limited(refusal(429, "CMN-301"), "medium", 40, 60),
                "retry-after",
                "1",
            );
        });
        Some(late(100, answer))
    })
    .await;
    let client = server.client();
    let users: Vec<ExtensionId> = (0..7).map(|number| user(&number.to_string())).collect();
    let crowd = async {
        // They come while the penalty runs, and wait with the one that met it.
        tokio::time::sleep(Duration::from_millis(300)).await;
        join_all(users[1..].iter().map(|user| client.state_rules(user))).await
    };
    let (first, others) = join(client.state_rules(&users[0]), crowd).await;
    first.unwrap();
    for result in others {
        result.unwrap();
    }

    let arrivals: Vec<Instant> = server
        .seen()
        .iter()
        .filter(|seen| !seen.is_for(TOKEN))
        .map(|seen| seen.at)
        .collect();
    assert_eq!(arrivals.len(), 8);
    let penalty_end = arrivals[0] + Duration::from_millis(1100);
    assert!(
        arrivals[1] >= penalty_end,
        "{:?} too early",
        penalty_end - arrivals[1]
    );
    assert!(
        arrivals[2] >= arrivals[1] + Duration::from_millis(100),
        "before the probe's answer"
    );
}

#[tokio::test]
async fn a_429_without_a_group_stops_everything() {
    let server = Server::start(|seen, earlier| {
        if seen.is_for(EXTENSIONS) {
            let refused = with(refusal(429, "CMN-310"), "retry-after", "1");
            return Some(if earlier == 0 {
                refused
            } else {
                list(Vec::new())
            });
        }
        seen.is_for(ACCOUNT).then(account)
    })
    .await;
    let client = server.client();
    let other_group = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        client.account_id().await
    };
    let (directory, account) = join(client.directory(), other_group).await;
    assert!(directory.is_ok() && account.is_ok());
    let seen = server.seen();
    assert!(
        seen[2].at - seen[1].at >= Duration::from_secs(1),
        "{:?}",
        seen[2].at - seen[1].at
    );
    assert_eq!(seen.len(), 4);
}

#[tokio::test]
async fn an_endless_429_becomes_an_error() {
    let server = Server::start(|seen, _| {
        let refused = || {
            with(
                limited(refusal(429, "CMN-301"), "light", 50, 60),
                "retry-after",
                "0",
            )
        };
        (!seen.is_for(TOKEN)).then(refused)
    })
    .await;
    let error = server.client().account_id().await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(429), Some("CMN-301")));
    assert_eq!(server.count(ACCOUNT), 6);
}

#[tokio::test]
async fn a_wait_of_hours_is_told_and_never_probed() {
    let server = Server::start(|seen, _| {
        let refused = || limited(refusal(429, "CMN-301"), "medium", 40, 60);
        (!seen.is_for(TOKEN)).then(|| with(refused(), "retry-after", "7200"))
    })
    .await;
    let client = server.client();
    let users = [user("7"), user("8")];
    for user in &users {
        let error = client.state_rules(user).await.unwrap_err();
        assert!(error.is_shut() && !error.is_stop(), "{error}");
        let told = error.to_string();
        let (_, until) = told
            .split_once("was not sent: the service asks to send nothing before 20")
            .unwrap();
        assert!(until.ends_with(" UTC; run again then"), "{told}");
    }
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_date_to_wait_for_is_waited_for() {
    let server = Server::start(|seen, earlier| {
        if seen.is_for(TOKEN) {
            return None;
        }
        let refused = || limited(refusal(429, "CMN-301"), "light", 50, 60);
        let [now, until] = ["37", "38"].map(|s| format!("Sun, 06 Nov 1994 08:49:{s} GMT"));
        let refused = || with(with(refused(), "retry-after", &until), "date", &now);
        Some(if earlier == 0 { refused() } else { account() })
    })
    .await;
    server.client().account_id().await.unwrap();
    let seen = server.seen();
    let times: Vec<Instant> = { seen.iter().filter(|seen| seen.is_for(ACCOUNT)) }
        .map(|seen| seen.at)
        .collect();
    assert_eq!(times.len(), 2);
    assert!(times[1] - times[0] >= Duration::from_secs(1));
}

#[tokio::test]
async fn the_limit_that_answers_name_is_kept_in_every_window() {
    let (limit, window) = (3, Duration::from_secs(1));
    let server = Server::start(move |seen, _| {
        (!seen.is_for(TOKEN))
            .then(|| limited(list(Vec::new()), "CustomPlan", limit, window.as_secs()))
    })
    .await;
    let client = server.client();
    // One request teaches, the others come all at once.
    let users: Vec<ExtensionId> = (0..6).map(|number| user(&number.to_string())).collect();
    client.state_rules(&users[0]).await.unwrap();
    for result in join_all(users[1..].iter().map(|user| client.state_rules(user))).await {
        result.unwrap();
    }
    let seen = server.seen();
    for later in seen[1..].windows(limit + 1) {
        let span = later[limit].at - later[0].at;
        assert!(span >= window, "{} requests in {span:?}", limit + 1);
    }
    assert_eq!(seen.len(), 7);
}

#[tokio::test]
async fn a_task_that_was_given_up_blocks_nobody() {
    let server = Server::start(|seen, earlier| {
        if seen.is_for(TOKEN) {
            return None;
        }
        let answer = limited(account(), "light", 2, 1);
        Some(if earlier == 1 {
            late(60_000, answer)
        } else {
            answer
        })
    })
    .await;
    let client = server.client();
    client.account_id().await.unwrap();
    let abandoned = tokio::time::timeout(Duration::from_millis(100), client.account_id()).await;
    assert!(abandoned.is_err());
    let next = tokio::time::timeout(Duration::from_secs(3), client.account_id()).await;
    next.expect("the place of the abandoned request never became free")
        .unwrap();
}
