package template

import (
	"regexp"

	"go.yaml.in/yaml/v3"
)

// notText is what CloudFormation, which reads YAML 1.1, takes for a truth or a number when it is not quoted, and this
// package's YAML 1.2 for a text: no, 0700 (octal), 1:30 (of base 60).
var notText = regexp.MustCompile(`^(?i:yes|no|on|off)$|^[-+]?0[0-9_]+$|^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+$`)

const quoted = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

// refuseTraps finds what CloudFormation would read otherwise than this package, or not at all.
// Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
func refuseTraps(n *yaml.Node) error {
	switch {
	case n.Kind == yaml.AliasNode:
		return errorAt(n.Line, "CloudFormation knows no aliases such as *%s: write it out", n.Value)
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		return errorAt(n.Line, "CloudFormation takes no empty values: write \"\" for an empty text")
	case n.Kind == yaml.ScalarNode && n.Style&quoted == 0 && notText.MatchString(n.Value):
		return errorAt(n.Line, "CloudFormation takes %s for a truth or a number: write %q", n.Value, n.Value)
	}
	for _, child := range n.Content {
		if err := refuseTraps(child); err != nil {
			return err
		}
	}
	return nil
}
