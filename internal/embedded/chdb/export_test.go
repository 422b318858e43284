package chdb

import "syscall"

// Lost lists the signals whose handler is not the one that Go had set up.
func (l *Library) Lost() []syscall.Signal { return l.signals.lost() }
