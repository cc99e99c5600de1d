//! Texts that were reviewed and are kept in `snapshots/`.

/// Compares with `snapshots/NAME.snap`.
pub(crate) fn assert_snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter(&regex_of_version(), "[VERSION]");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// The program's own version, wherever it stands as a word.
fn regex_of_version() -> String {
    format!(r"\b{}\b", env!("CARGO_PKG_VERSION").replace('.', r"\."))
}
