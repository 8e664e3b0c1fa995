use super::*;

fn refused(status: u16, body: &str) -> Error {
    let target = Target {
        method: "PATCH",
        path: "/restapi/x".to_owned(),
    };
    Error::refused(
        "api.example",
        target,
        status,
        Some("id-1"),
        body.as_bytes(),
        &["hush-hush"],
    )
}

#[test]
fn every_problem_is_kept_and_the_first_one_counts() {
    let error = refused(
        400,
        r#"{"errorCode":"CMN-101","message":"top","errors":[
            {"errorCode":"CMN-101","message":"value is invalid","parameterName":"a.b"},
            {"errorCode":"CMN-104","message":"hush-hush is wrong"}]}"#,
    );
    assert_eq!(error.code(), Some("CMN-101"));
    assert_eq!(error.parameter(), Some("a.b"));
    assert_eq!(error.problems().len(), 2);
    assert_eq!(
        error.to_string(),
        "PATCH /restapi/x was refused: CMN-101 [a.b] value is invalid; \
         CMN-104 [secret] is wrong (status 400, request id id-1)"
    );
}

#[test]
fn other_forms_of_refusal_are_understood() {
    let top = refused(
        404,
        r#"{"errorCode":"CMN-102","message":"States not found"}"#,
    );
    assert!(top.is_not_found());
    let oauth = refused(
        400,
        r#"{"error":"invalid_grant","error_description":"no such token"}"#,
    );
    assert_eq!(oauth.code(), Some("invalid_grant"));
    let nested = refused(
        400,
        r#"{"errors":[{"errorCode":"X","parameters":[{"parameterName":"p"}]}]}"#,
    );
    assert_eq!(nested.parameter(), Some("p"));
}

#[test]
fn what_is_no_json_is_quoted_safely() {
    let page = refused(502, "<html>\n<h1>Bad\u{7} Gateway</h1> hush-hush</html>");
    assert_eq!(
        page.to_string(),
        "api.example answered PATCH /restapi/x with status 502 and no usable JSON: \
         \"Bad Gateway [secret]\""
    );
    let page = refused(
        403,
        "\u{feff}\n<!DOCTYPE html><title>Log in</title> hush-hush",
    );
    assert_eq!(
        page.to_string(),
        "api.example answered with a web page, not the API; is RC_SERVER_URL right, or is a \
         login page in between? (PATCH /restapi/x, status 403: \"Log in [secret]\")"
    );
    assert_eq!((page.code(), page.status()), (None, Some(403)));
    assert!(
        refused(500, "")
            .to_string()
            .ends_with("the answer is empty")
    );
    assert_eq!(refused(418, r#"{"teapot":true}"#).status(), Some(418));
}

#[test]
fn a_wrapped_refusal_still_has_its_code() {
    let error = Error::SignIn(Box::new(refused(
        401,
        r#"{"errors":[{"errorCode":"OAU-129"}]}"#,
    )));
    assert_eq!((error.code(), error.status()), (Some("OAU-129"), Some(401)));
    assert!(!error.is_unclear());
}
