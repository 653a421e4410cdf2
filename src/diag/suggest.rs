//! What was probably meant, for whoever reports a name that is not known.

/// The candidate that was probably meant: the nearest in any case of letters, if it is near. Ties go to the first.
#[must_use]
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // hostile names are long, and the distance is quadratic
    if name.len() > 64 {
        return None;
    }
    let plain = |text: &str| text.to_ascii_lowercase().replace(['_', ' '], "-");
    let wanted = plain(name);
    let near = candidates.into_iter().map(|candidate| (strsim::damerau_levenshtein(&wanted, &plain(candidate)), candidate));
    near.filter(|(distance, candidate)| *distance <= 1 + candidate.len().min(wanted.len()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `a`, `b` or `c`, in backticks.
#[must_use]
pub fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [init @ .., last] => format!("{} or {last}", init.join(", ")),
    }
}
