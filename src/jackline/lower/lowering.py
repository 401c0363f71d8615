"""The one way into lowering: `lower(action, surroundings)`. Chooses the interpreter by the action's tool."""
