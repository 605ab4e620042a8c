"""The stored format: values of the model to bytes and back."""
