package simulator

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// random draws whole numbers. It uses nothing of math/rand but the generator
// itself, whose output is fixed by its definition.
type random struct{ source *rand.PCG }

// newRandom gives a generator of its own for each topic, so that a change to one
// part of the simulation leaves the others as they were.
func newRandom(seed uint64, tenant, topic string) random {
	text := binary.BigEndian.AppendUint64(nil, seed)
	text = append(text, "\x00"+tenant+"\x00"+topic...)
	sum := sha256.Sum256(text)
	return random{rand.NewPCG(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16]))}
}

// below gives a number from 0 to n-1; 0 when n is not positive.
func (r random) below(n int) int {
	if n <= 0 {
		return 0
	}
	high, _ := bits.Mul64(r.source.Uint64(), uint64(n))
	return int(high)
}

// between gives a number from low to high, both included.
func (r random) between(low, high int) int { return low + r.below(high-low+1) }

// chance is true in so many of a thousand cases.
func (r random) chance(permille int) bool { return r.below(1000) < permille }

// rare is true in so many of a hundred thousand cases.
func (r random) rare(perHundredThousand int) bool { return r.below(100_000) < perHundredThousand }

// round gives a thousandth of n, the rest rounded up or down by chance.
func (r random) round(n int) int {
	whole := n / 1000
	if r.chance(n % 1000) {
		whole++
	}
	return whole
}

func pick[T any](r random, list []T) T { return list[r.below(len(list))] }

// weighted gives an index, each with the chance of its weight.
func (r random) weighted(weights []int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	place := r.below(total)
	for i, w := range weights {
		if place -= w; place < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// knot is one point of a distribution: the share of values that are below, in thousandths.
type knot struct{ below, value int }

// curve draws from a distribution that is given by its quantiles, straight between them.
func (r random) curve(knots []knot) int {
	at := r.below(1000)
	i, _ := slices.BinarySearchFunc(knots, at, func(k knot, at int) int { return k.below - at })
	if i == 0 {
		return knots[0].value
	}
	low, high := knots[i-1], knots[min(i, len(knots)-1)]
	span := high.below - low.below
	if span <= 0 {
		return high.value
	}
	return low.value + ((high.value-low.value)*(at-low.below)+span/2)/span
}

// some draws up to n different ones of the list, which is reordered.
func some[T any](r random, list []T, n int) []T {
	n = min(n, len(list))
	for i := range n {
		j := i + r.below(len(list)-i)
		list[i], list[j] = list[j], list[i]
	}
	return list[:n]
}

// mix is a one-to-one scrambling of 64 bits (the finaliser of SplitMix64): ids
// that never collide and look like nothing.
func mix(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}
