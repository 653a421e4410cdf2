//! Whether a text is random: how likely it is that one drawn at random is as extreme as it.
//!
//! After ripsecrets (github.com/sirwart/ripsecrets): the product of the probabilities of its number of distinct characters, of the
//! count of its least likely class of characters, and of its number of pairs that are common in source code. It tells short strings
//! better than entropy does.

use std::sync::LazyLock;

/// A text of this probability or more is random.
pub(super) const THRESHOLD: f64 = 1e-5;

/// Longer texts are judged by their beginning.
const MOST: usize = 120;

/// Pairs that are common in names, paths and words of repositories: about a tenth of all that base 64 allows.
const PAIRS: &str = "\
    ---0-a-c-d-e-i-m-n-p-r-s-t...0.A.C.D.E.G.I.L.M.N.P.R.S.T.a.c.d.e.g.i.m.p.r.s.t.y///a/c/d/e/g/i/m/p/r/s/t/v0.00\
    031.131a1b30318sAdAnApBeCaCeChClCoDeDiEnExFFFiFoGeHeHoInIsKuLaLiLoMaMeNaNeNoObOpPaPlPoPrReRoSeSpStTeTiToTrUnUp\
    VaVeWaWi_a_c_d_i_p_r_s_va.a1a2abacadagaialamanaparasatauawayb.babebibjblbobuc.cacccdcechcickclcocrcsctcucyd-d.\
    dCd_dadddedidldmdodrdse-e.e/eAeCeDeIeMePeReSeTe_eaebecedeeefegelemenepeqeresetevewexeyfafefffifofrg.g/gagegigl\
    gogrgshahehihohthuiaicidieifigiliminioipirisitivizjek8kekiklkskul-l.lPlaldlelilllolplsltlulym.m/mamdmemimlmmmo\
    mpn-n.n_nancndnenfngninnnonpnsntnvo-o.o/o_oaobocodogoiokolomonoooporosotouovowoxoyp.papdpephpiplpoppprpsptpuqu\
    r-r.r/rCr_rarcrdrergrirkrmrnrorrrsrtrurvrys-s.s/sCs_sascseshsisospssstsut-t.t/tAtCtFtItMtNtPtRtStTt_tatctethti\
    tltotptrtstttutwtyuaubucudueuiulumunupurusutv1vavevivowawewiwnwowsxpxtxyy-y.yCy_yaymypysze";

static COMMON: LazyLock<[u64; 1024]> = LazyLock::new(|| {
    let mut set = [0; 1024];
    for pair in PAIRS.as_bytes().chunks_exact(2) {
        let index = usize::from(pair[0]) << 8 | usize::from(pair[1]);
        set[index >> 6] |= 1 << (index & 63);
    }
    set
});

/// How likely a random text of its length and alphabet is as extreme as `text`.
pub(super) fn probability(text: &[u8]) -> f64 {
    let text = &text[..text.len().min(MOST)];
    if text.len() < 2 {
        return 0.0;
    }
    let hex = text.iter().all(u8::is_ascii_hexdigit);
    let upper = text.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let lower = text.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let base = match (hex, upper, lower) {
        (true, ..) => 16.0,
        (_, true, _) | (.., true) => 36.0,
        _ => 64.0,
    };
    let count = |low: u8, high: u8| text.iter().filter(|b| (low..=high).contains(b)).count();
    let classes = if hex {
        binomial(text.len(), count(b'0', b'9'), 10.0 / base)
    } else {
        let mut least = binomial(text.len(), count(b'0', b'9'), 10.0 / base);
        if base == 64.0 || upper {
            least = least.min(binomial(text.len(), count(b'A', b'Z'), 26.0 / base));
        }
        if base == 64.0 || lower {
            least = least.min(binomial(text.len(), count(b'a', b'z'), 26.0 / base));
        }
        least
    };
    let pairs = if hex || upper {
        1.0
    } else {
        let common = text.windows(2).filter(|pair| is_common(pair[0], pair[1])).count();
        // a text of one case has the pairs of that case only
        let share = if lower { 0.30 } else { 0.105 };
        binomial(text.len() - 1, common, share)
    };
    distinct(text, base) * classes * pairs
}

fn is_common(a: u8, b: u8) -> bool {
    let index = usize::from(a) << 8 | usize::from(b);
    COMMON[index >> 6] & 1 << (index & 63) != 0
}

/// The probability of so many successes or a count further from the mean, on the same side of it.
fn binomial(n: usize, x: usize, p: f64) -> f64 {
    let range = if (x as f64) < n as f64 * p { 0..=x } else { x..=n };
    let mut log = vec![0.0; n + 1];
    for at in 1..=n {
        log[at] = log[at - 1] + (at as f64).ln();
    }
    range.map(|at| (log[n] - log[n - at] - log[at] + at as f64 * p.ln() + (n - at) as f64 * (1.0 - p).ln()).exp()).sum()
}

/// The probability of so few distinct characters or fewer.
fn distinct(text: &[u8], base: f64) -> f64 {
    let mut seen = [false; 256];
    text.iter().for_each(|b| seen[usize::from(*b)] = true);
    let count = seen.iter().filter(|seen| **seen).count();
    // the chance of having d distinct characters after so many draws
    let mut chance = vec![0.0; text.len() + 2];
    chance[0] = 1.0;
    for _ in text {
        for d in (1..=text.len()).rev() {
            let new = (base - (d - 1) as f64).max(0.0) / base;
            chance[d] = chance[d] * (d as f64 / base).min(1.0) + chance[d - 1] * new;
        }
        chance[0] = 0.0;
    }
    chance[1..=count].iter().sum::<f64>().min(1.0)
}

/// Shannon's entropy of the bytes, in bits for each.
pub(super) fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    bytes.iter().for_each(|b| counts[usize::from(*b)] += 1);
    let total = bytes.len() as f64;
    counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / total).map(|share| -share * share.log2()).sum()
}
