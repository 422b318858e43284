//go:build faults && linux

#include "textflag.h"

// func takeClock()
TEXT ·takeClock(SB), NOSPLIT, $0-0
	MOVQ runtime·vdsoClockgettimeSym(SB), AX
	MOVQ AX, ·kernelClock(SB)
	TESTQ AX, AX
	JEQ  none
	LEAQ ·shiftedClock(SB), AX
	MOVQ AX, runtime·vdsoClockgettimeSym(SB)
none:
	RET

// shiftedClock is called as C is: which clock in DI, where its seconds and nanoseconds go in SI. Clock 0 is the wall clock.
TEXT ·shiftedClock(SB), NOSPLIT|NOFRAME, $0-0
	PUSHQ SI
	PUSHQ DI
	SUBQ  $8, SP
	MOVQ  ·kernelClock(SB), AX
	CALL  AX
	ADDQ  $8, SP
	POPQ  DI
	POPQ  SI
	TESTL DI, DI
	JNE   done
	MOVQ  0(SI), AX
	IMULQ $1000000000, AX
	ADDQ  8(SI), AX
	MOVQ  ·shift(SB), CX
	ADDQ  0(CX), AX
	MOVQ  $1000000000, CX
	CQO
	IDIVQ CX
	MOVQ  AX, 0(SI)
	MOVQ  DX, 8(SI)
	XORL  AX, AX
done:
	RET
