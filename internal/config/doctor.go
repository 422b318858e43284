package config

// Doctor is what `turnout doctor` looks at: the settings that `turnout up` would have on this folder.
type Doctor struct {
	Up
	Key string `help:"API key with the scope admin, when the running program has keys; better given as TURNOUT_KEY." placeholder:"KEY"`
}
