// Package smalldisk gives tests a disk that fills up, for real.
//
// What enters: a size. What leaves: a folder whose disk a test can fill and free
// again while the program under test runs on it. Where this process may mount, it
// is a file system in memory, and a full one says ENOSPC as any disk does. Where it
// may not (an ordinary user, a container without the right), it is a plain folder
// whose writers are stopped by their limit on the size of files instead: every write
// to a file then fails with EFBIG. Either way writing really fails, in the kernel.
package smalldisk
