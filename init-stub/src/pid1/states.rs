//! What the subjects keep between two wakeups: one value of each type, made when it is first asked for. So the node holds
//! what a subject knows without knowing the subject.

use std::any::Any;

/// One value of each type.
#[derive(Default)]
pub struct States(Vec<Box<dyn Any>>);

impl States {
    /// The value of a type.
    pub fn of<T: Any + Default>(&mut self) -> &mut T {
        let at = self.0.iter().position(|state| state.is::<T>()).unwrap_or_else(|| {
            self.0.push(Box::new(T::default()));
            self.0.len().saturating_sub(1)
        });
        match self.0.get_mut(at).and_then(|state| state.downcast_mut()) {
            Some(state) => state,
            // It was found, or put there, right above. Nothing is lost by a value that nobody keeps.
            None => Box::leak(Box::default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_one_value_that_stays() {
        let mut states = States::default();
        *states.of::<u8>() = 7;
        *states.of::<String>() = "a".into();
        assert_eq!(*states.of::<u8>(), 7);
        assert_eq!(states.of::<String>(), "a");
        assert_eq!(*states.of::<u16>(), 0);
    }
}
