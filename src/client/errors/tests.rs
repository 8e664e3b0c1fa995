use super::*;

fn error_response(status: u16, body: &str) -> ClientError {
    let target = RequestTarget {
        method: "PATCH",
        path: "/restapi/x".to_owned(),
    };
    ClientError::from_error_response(
        "api.example",
        target,
        status,
        Some("id-1"),
        body.as_bytes(),
        &["hush-hush"],
    )
}

#[test]
fn api_error_keeps_all_details_and_reports_the_first() {
    let error = error_response(
        400,
        r#"{"errorCode":"CMN-101","message":"top","errors":[
            {"errorCode":"CMN-101","message":"value is invalid","parameterName":"a.b"},
            {"errorCode":"CMN-104","message":"hush-hush is wrong"}]}"#,
    );
    assert_eq!(error.code(), Some("CMN-101"));
    assert_eq!(error.parameter(), Some("a.b"));
    assert_eq!(error.api_error_details().len(), 2);
    assert_eq!(
        error.to_string(),
        "PATCH /restapi/x was refused: CMN-101 [a.b] value is invalid; \
         CMN-104 [secret] is wrong (status 400, request id id-1)"
    );
}

#[test]
fn api_error_parses_top_level_oauth_and_nested_formats() {
    let top = error_response(
        404,
        r#"{"errorCode":"CMN-102","message":"States not found"}"#,
    );
    assert!(top.is_not_found());
    let oauth = error_response(
        400,
        r#"{"error":"invalid_grant","error_description":"no such token"}"#,
    );
    assert_eq!(oauth.code(), Some("invalid_grant"));
    let nested = error_response(
        400,
        r#"{"errors":[{"errorCode":"X","parameters":[{"parameterName":"p"}]}]}"#,
    );
    assert_eq!(nested.parameter(), Some("p"));
}

#[test]
fn non_json_response_is_quoted_without_secrets_or_markup() {
    let page = error_response(502, "<html>\n<h1>Bad\u{7} Gateway</h1> hush-hush</html>");
    assert_eq!(
        page.to_string(),
        "api.example answered PATCH /restapi/x with status 502 and no usable JSON: \
         \"Bad Gateway [secret]\""
    );
    let page = error_response(
        403,
        "\u{feff}\n<!DOCTYPE html><title>Log in</title> hush-hush",
    );
    assert_eq!(
        page.to_string(),
        "api.example returned a web page instead of an API response; check RC_SERVER_URL, and check \
         whether a login page intercepts the connection (PATCH /restapi/x, status 403: \"Log in [secret]\")"
    );
    assert_eq!((page.code(), page.status()), (None, Some(403)));
    assert!(
        error_response(500, "")
            .to_string()
            .ends_with("the response is empty")
    );
    assert_eq!(
        error_response(418, r#"{"teapot":true}"#).status(),
        Some(418)
    );
}

#[test]
fn sign_in_error_exposes_code_of_its_cause() {
    let error = ClientError::SignIn(Box::new(error_response(
        401,
        r#"{"errors":[{"errorCode":"OAU-129"}]}"#,
    )));
    assert_eq!((error.code(), error.status()), (Some("OAU-129"), Some(401)));
    assert!(!error.is_outcome_unknown());
}
