"""Forms, by what they are about. A form checks, and calls one function that acts."""
