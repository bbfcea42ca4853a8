//! A sequence of named and timed steps of which each runs, whatever became of those before it.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Steps run so far, and how each went.
#[derive(Default)]
pub struct Steps {
    done: Vec<(&'static str, Duration, Result<()>)>,
}

impl Steps {
    /// Runs a step and remembers its outcome; a failure is told at once and again at the end.
    pub fn run(&mut self, name: &'static str, step: impl FnOnce() -> Result<()>) {
        println!("\n==> {name}");
        let start = Instant::now();
        let outcome = step();
        if let Err(error) = &outcome {
            println!("FAILED: {name}: {error:#}");
        }
        self.done.push((name, start.elapsed(), outcome));
    }

    /// Prints the table of all steps; fails if one failed.
    pub fn conclude(self) -> Result<()> {
        println!("\n    time  outcome  step");
        for (name, time, outcome) in &self.done {
            let outcome = if outcome.is_ok() { "ok" } else { "FAILED" };
            println!("{:>6} s  {outcome:<7}  {name}", format!("{:.1}", time.as_secs_f64()));
        }
        let failed = self.done.iter().filter(|(_, _, outcome)| outcome.is_err()).count();
        if failed > 0 {
            bail!("{failed} of {} steps failed", self.done.len());
        }
        println!("\nall {} steps passed", self.done.len());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::Steps;

    #[test]
    fn one_failed_step_fails_the_run_and_the_others_still_run() {
        let mut steps = Steps::default();
        let mut ran = false;
        steps.run("bad", || Err(anyhow!("no")));
        steps.run("good", || {
            ran = true;
            Ok(())
        });
        assert!(ran);
        assert_eq!(steps.conclude().unwrap_err().to_string(), "1 of 2 steps failed");
    }
}
