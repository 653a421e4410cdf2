//! Three-valued answers.

/// What the model knows about a question. Ordered, so that `max` is "or" and `min` is "and".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tri {
    No,
    /// It depends on something that the files do not say: a template, a value of a wrong type.
    Unknown,
    Yes,
}

impl Tri {
    /// Yes only if both are; no if one of them is.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// No only if both are; yes if one of them is.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// Whether all are yes; yes where there is none.
    #[must_use]
    pub fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        answers.into_iter().min().unwrap_or(Self::Yes)
    }

    /// Whether one is yes; no where there is none.
    #[must_use]
    pub fn any(answers: impl IntoIterator<Item = Self>) -> Self {
        answers.into_iter().max().unwrap_or(Self::No)
    }

    #[must_use]
    pub fn is_yes(self) -> bool {
        self == Self::Yes
    }

    #[must_use]
    pub fn is_no(self) -> bool {
        self == Self::No
    }

    #[must_use]
    pub fn is_unknown(self) -> bool {
        self == Self::Unknown
    }
}

impl std::ops::Not for Tri {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Tri {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}
