//! Checksums that tokens carry.

/// The table of CRC-32 as zlib has it (reflected polynomial 0xEDB88320).
const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let mut value = at as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { (value >> 1) ^ 0xEDB8_8320 } else { value >> 1 };
            bit += 1;
        }
        table[at] = value;
        at += 1;
    }
    table
};

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, b| (crc >> 8) ^ TABLE[((crc ^ u32::from(*b)) & 255) as usize])
}

/// Whether the last six characters of a body are the CRC-32 of the others in base 62, padded with `0`: the format of GitHub's and
/// npm's tokens (github.blog/2021-04-05-behind-githubs-new-authentication-token-formats).
pub(super) fn crc62(body: &[u8]) -> bool {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    if body.len() < 12 {
        return false;
    }
    let (random, check) = body.split_at(body.len() - 6);
    let mut rest = crc32(random);
    let mut expected = [b'0'; 6];
    for place in expected.iter_mut().rev() {
        *place = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    check == expected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_crc_32() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_body_of_the_wrong_checksum_is_refused() {
        assert!(!crc62(b"abcdefghijklmnopqrstuvwxyz0123456789"));
        assert!(!crc62(b""));
    }
}
