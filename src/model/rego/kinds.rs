//! The kinds of values: what all types come down to.

use super::Type;

/// A set of kinds of values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kinds(u8);

impl Kinds {
    pub const NULL: Self = Self(1);
    pub const BOOLEAN: Self = Self(2);
    pub const NUMBER: Self = Self(4);
    pub const STRING: Self = Self(8);
    pub const ARRAY: Self = Self(16);
    pub const OBJECT: Self = Self(32);
    pub const SET: Self = Self(64);
    pub const COLLECTION: Self = Self(16 | 32 | 64);
    pub const ANY: Self = Self(127);
    pub const NONE: Self = Self(0);

    /// Those of either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether all that is possible is in `other`.
    #[must_use]
    pub fn only(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether something of `other` is possible.
    #[must_use]
    pub fn may_be(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Those that a value of the type can have.
    #[must_use]
    pub fn of(ty: &Type) -> Self {
        match ty {
            Type::Any => Self::ANY,
            Type::Null => Self::NULL,
            Type::Boolean => Self::BOOLEAN,
            Type::Number => Self::NUMBER,
            Type::String => Self::STRING,
            Type::Array(..) => Self::ARRAY,
            Type::Object(..) => Self::OBJECT,
            Type::Set(_) => Self::SET,
            Type::Union(types) => types.iter().fold(Self::NONE, |kinds, ty| kinds.or(Self::of(ty))),
        }
    }

    /// `a number`, `a string or an array`
    #[must_use]
    pub fn name(self) -> String {
        let kinds = [
            (Self::NULL, "null"),
            (Self::BOOLEAN, "a boolean"),
            (Self::NUMBER, "a number"),
            (Self::STRING, "a string"),
            (Self::ARRAY, "an array"),
            (Self::OBJECT, "an object"),
            (Self::SET, "a set"),
        ];
        let names: Vec<&str> = kinds.iter().filter(|(kind, _)| self.may_be(*kind)).map(|(_, name)| *name).collect();
        names.join(" or ")
    }

    /// What `is_number` and its siblings state of their argument.
    #[must_use]
    pub fn of_guard(name: &str) -> Option<Self> {
        Some(match name {
            "is_null" => Self::NULL,
            "is_boolean" => Self::BOOLEAN,
            "is_number" => Self::NUMBER,
            "is_string" => Self::STRING,
            "is_array" => Self::ARRAY,
            "is_object" => Self::OBJECT,
            "is_set" => Self::SET,
            _ => return None,
        })
    }
}
