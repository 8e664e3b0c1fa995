//! A run that is stopped: what is under way is finished, what waits ends at once.

use std::time::{Duration, Instant};

use callrules::engine::account::{Method, Read, Write};
use futures::future::join;

use super::support::{Server, TOKEN, account, late, limited, refusal, rules, user, with, write};

/// Long enough for a request to be under way, or to wait.
const A_MOMENT: Duration = Duration::from_millis(300);

#[tokio::test]
async fn what_is_under_way_is_finished_and_nothing_follows() {
    let server = Server::start(|seen, _| (!seen.is_for(TOKEN)).then(|| late(900, account()))).await;
    let client = server.client();
    let update = write(Method::Patch, &format!("{}/a", rules("7")));
    let stop = async {
        tokio::time::sleep(A_MOMENT).await;
        client.stopper().cancel();
    };
    let (sent, ()) = join(client.send(&update), stop).await;
    assert!(sent.unwrap().is_some());
    let error = client.send(&update).await.unwrap_err();
    assert!(error.is_stop() && !error.is_unclear(), "{error}");
    assert!(client.account_id().await.unwrap_err().is_stop());
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_wait_for_a_rate_limit_ends_at_once() {
    let server = Server::start(|seen, _| {
        let refused = || limited(refusal(429, "CMN-301"), "medium", 40, 60);
        (!seen.is_for(TOKEN)).then(|| with(refused(), "retry-after", "60"))
    })
    .await;
    let client = server.client();
    let (user, begin) = (user("7"), Instant::now());
    let stop = async {
        tokio::time::sleep(A_MOMENT).await;
        client.stopper().cancel();
    };
    let (read, ()) = join(client.state_rules(&user), stop).await;
    assert!(read.unwrap_err().is_stop());
    assert!(begin.elapsed() < Duration::from_secs(5));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_write_without_an_answer_that_may_not_be_repeated_is_unclear() {
    let server = Server::start(|seen, _| {
        (!seen.is_for(TOKEN)).then(|| with(refusal(503, "CMN-201"), "retry-after", "60"))
    })
    .await;
    let client = server.client();
    let update = write(Method::Patch, &format!("{}/a", rules("7")));
    let stop = async {
        tokio::time::sleep(A_MOMENT).await;
        client.stopper().cancel();
    };
    let (sent, ()) = join(client.send(&update), stop).await;
    let error = sent.unwrap_err();
    assert!(error.is_unclear() && !error.is_stop(), "{error}");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_pause_between_two_sign_ins_ends_at_once() {
    let server = Server::start(|seen, _| {
        let busy = || with(refusal(503, "CMN-201"), "retry-after", "1800");
        seen.is_for(TOKEN).then(busy)
    })
    .await;
    let client = server.client();
    let begin = Instant::now();
    let stop = async {
        tokio::time::sleep(A_MOMENT).await;
        client.stopper().cancel();
    };
    let (read, ()) = join(client.account_id(), stop).await;
    assert!(read.unwrap_err().is_stop());
    assert!(begin.elapsed() < Duration::from_secs(5));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn where_nobody_has_signed_in_nobody_does() {
    let server = Server::start(|_, _| None).await;
    let client = server.client();
    client.stopper().cancel();
    assert!(client.account_id().await.unwrap_err().is_stop());
    assert!(server.seen().is_empty());
}
