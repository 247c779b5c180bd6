// Command butane is the peer that the benchmark compares keelctl with: Butane's library behind the smallest
// possible main. It reads a Butane config from standard input and writes Ignition JSON to standard output.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/coreos/butane/config"
	"github.com/coreos/butane/config/common"
)

func main() {
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	output, report, err := config.TranslateBytes(input, common.TranslateBytesOptions{})
	if err != nil || report.IsFatal() {
		fmt.Fprintln(os.Stderr, err, report.String())
		os.Exit(1)
	}
	os.Stdout.Write(output)
}
