package faults

// nothing is the control: what differs here is no fault's work.
func nothing() Kind {
	return Kind{Name: "nothing", Does: "nothing: the control", Heal: "nothing", Cheap: true}
}
