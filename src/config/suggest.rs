/// The candidate that was probably meant: the nearest, if it is near. Ties go to the first.
pub(super) fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // hostile names are long, and the distance is quadratic
    if name.len() > 64 {
        return None;
    }
    let wanted = name.to_ascii_lowercase().replace(['_', ' '], "-");
    let near = candidates.into_iter().map(|candidate| (strsim::damerau_levenshtein(&wanted, candidate), candidate));
    near.filter(|(distance, candidate)| *distance <= 1 + candidate.len().min(wanted.len()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `a`, `b` or `c`, in backticks.
pub(super) fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [init @ .., last] => format!("{} or {last}", init.join(", ")),
    }
}
