//! `--target kubernetes=1.33,istio=1.27`: what the config's `target` says, on the command line.

use super::check::{is_version, shorten};
use crate::diag::suggest::{list, nearest};
use crate::diag::{Product, Release, Targets};

/// Reads items of the form `product=version`; of a product that is named twice the last counts.
///
/// # Errors
/// What is wrong with the first item that is, in words for the user.
pub fn targets<'t>(items: impl IntoIterator<Item = &'t str>) -> Result<Targets, String> {
    let mut found = Targets::default();
    for item in items {
        let shown = shorten(item);
        let Some((name, version)) = item.trim().split_once('=') else {
            return Err(format!("`{shown}` is no target: write `kubernetes=1.33`"));
        };
        let (name, version) = (name.trim(), version.trim());
        let Some(product) = Product::ALL.into_iter().find(|product| product.key() == name) else {
            let keys = Product::ALL.map(Product::key);
            let hint = match nearest(name, keys) {
                Some(key) => format!("did you mean `{key}`?"),
                None => format!("known are {}", list(&keys).replace(" or ", " and ")),
            };
            return Err(format!("`{}` in `{shown}` is no product that has targets ({hint})", shorten(name)));
        };
        let Some(release) = Some(version).filter(|text| is_version(text)).and_then(Release::parse) else {
            return Err(format!("`{}` in `{shown}` is no version such as `1.33`", shorten(version)));
        };
        found.set(product, release);
    }
    Ok(found)
}
