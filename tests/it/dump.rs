#[test]
fn dump() {
    std::fs::write("/tmp/rafiq.json", rafiq_http::openapi::to_json(&rafiq_http::document()).unwrap()).unwrap();
}
