package cli

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

func (completionCommand) Help() string {
	return `Examples:

  spool completion bash > ~/.local/share/bash-completion/completions/spool
  spool completion zsh > "${fpath[1]}/_spool"
  spool completion fish > ~/.config/fish/completions/spool.fish`
}

// Run prints the script. Words are taken from the description of the commands, so
// that it never lacks one.
func (c *completionCommand) Run(s *session) error {
	tree := candidates(s.model.Node)
	script := map[string]func([]candidate) string{"bash": bashScript, "zsh": zshScript, "fish": fishScript}[c.Shell](tree)
	return s.print(struct {
		Shell  string `json:"shell"`
		Script string `json:"script"`
	}{c.Shell, script}, func(painter) string { return script })
}

// A candidate is a command with what may follow it.
type candidate struct {
	path     string // such as "spool keys"
	commands []*kong.Node
	flags    []*kong.Flag
}

// candidates gives the root and all commands.
func candidates(root *kong.Node) []candidate {
	var all []candidate
	var walk func(path string, n *kong.Node, inherited []*kong.Flag)
	walk = func(path string, n *kong.Node, inherited []*kong.Flag) {
		c := candidate{path: path, flags: append(inherited[:len(inherited):len(inherited)], n.Flags...)}
		for _, child := range n.Children {
			if child.Type == kong.CommandNode && !child.Hidden {
				c.commands = append(c.commands, child)
			}
		}
		all = append(all, c)
		for _, child := range c.commands {
			walk(path+" "+child.Name, child, c.flags)
		}
	}
	walk(root.Name, root, nil)
	return all
}

// words are all that may follow.
func (c candidate) words() string {
	var words []string
	for _, n := range c.commands {
		words = append(words, n.Name)
	}
	for _, f := range c.flags {
		words = append(words, "--"+f.Name)
	}
	return strings.Join(words, " ")
}

// bashScript completes the words behind the longest path of commands, and files.
func bashScript(all []candidate) string {
	var b strings.Builder
	b.WriteString("# bash completion for spool\n_spool() {\n  local path=spool word words=() i\n  local cur=${COMP_WORDS[COMP_CWORD]}\n")
	b.WriteString("  for ((i = 1; i < COMP_CWORD; i++)); do\n    word=${COMP_WORDS[i]}\n    case \"$path $word\" in\n")
	for _, c := range all[1:] {
		fmt.Fprintf(&b, "      %q) path=%q ;;\n", c.path, c.path)
	}
	b.WriteString("    esac\n  done\n  case \"$path\" in\n")
	for _, c := range all {
		fmt.Fprintf(&b, "    %q) words=(%s) ;;\n", c.path, c.words())
	}
	b.WriteString("  esac\n  COMPREPLY=($(compgen -W \"${words[*]}\" -- \"$cur\"))\n}\ncomplete -o bashdefault -o default -F _spool spool\n")
	return b.String()
}

// zshScript is the same with descriptions.
func zshScript(all []candidate) string {
	var b strings.Builder
	b.WriteString("#compdef spool\n# zsh completion for spool\n_spool() {\n  local path_=spool word\n  local -a items\n")
	b.WriteString("  for word in ${words[2,CURRENT-1]}; do\n    case \"$path_ $word\" in\n")
	for _, c := range all[1:] {
		fmt.Fprintf(&b, "      %q) path_=%q ;;\n", c.path, c.path)
	}
	b.WriteString("    esac\n  done\n  case \"$path_\" in\n")
	for _, c := range all {
		fmt.Fprintf(&b, "    %q) items=(\n", c.path)
		for _, n := range c.commands {
			fmt.Fprintf(&b, "      %s\n", single(n.Name+":"+brief(n.Help)))
		}
		for _, f := range c.flags {
			fmt.Fprintf(&b, "      %s\n", single("--"+f.Name+":"+brief(f.Help)))
		}
		b.WriteString("    ) ;;\n")
	}
	b.WriteString("  esac\n  _describe -o spool items\n  _files\n}\nif [ \"$funcstack[1]\" = _spool ]; then _spool \"$@\"; else compdef _spool spool; fi\n")
	return b.String()
}

// fishScript gives a line for each word.
func fishScript(all []candidate) string {
	var b strings.Builder
	b.WriteString("# fish completion for spool\n")
	for _, c := range all {
		parts := strings.Fields(c.path)[1:]
		var seen, unseen strings.Builder
		for _, p := range parts {
			fmt.Fprintf(&seen, "__fish_seen_subcommand_from %s; and ", p)
		}
		for _, n := range c.commands {
			fmt.Fprintf(&unseen, " %s", n.Name)
		}
		for _, n := range c.commands {
			fmt.Fprintf(&b, "complete -c spool -f -n %s -a %s -d %s\n",
				single(seen.String()+"not __fish_seen_subcommand_from"+unseen.String()), n.Name, single(brief(n.Help)))
		}
		if len(parts) == 0 {
			continue
		}
		for _, f := range c.flags {
			fmt.Fprintf(&b, "complete -c spool -n %s -l %s -d %s\n", single(strings.TrimSuffix(seen.String(), "; and ")), f.Name,
				single(brief(f.Help)))
		}
	}
	return b.String()
}

// brief is the first sentence of a help text.
func brief(help string) string {
	first, _, _ := strings.Cut(help, ". ")
	first, _, _ = strings.Cut(first, ";")
	return strings.TrimSuffix(first, ".")
}

// single quotes a text for a shell.
func single(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
