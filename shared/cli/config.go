package cli

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"spool/shared/fault"
)

// config is what this machine knows of a Spool.
type config struct {
	API string `json:"api"`
	Key string `json:"key"`
}

// configured gives the configuration. The environment wins over the file. A stored
// key is for the stored address only: it never goes to another.
func (s *session) configured() (config, error) {
	env := config{s.env("SPOOL_API"), s.env("SPOOL_KEY")}
	if env.API != "" && env.Key != "" {
		return env, nil
	}
	c, err := s.stored()
	if err != nil {
		return c, err
	}
	if env.API != "" && env.API != c.API {
		c = config{API: env.API}
	}
	if env.Key != "" {
		c.Key = env.Key
	}
	return c, nil
}

// stored reads the configuration file; one that is not there is empty.
func (s *session) stored() (c config, err error) {
	path := s.configFile()
	if path == "" {
		return c, nil
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	if others := info.Mode().Perm() & 0o077; others != 0 && runtime.GOOS != "windows" {
		return c, fault.New(fault.Invalid, "Others on this machine may read this file, which holds a key.").At(path).
			Todo("Run: chmod 600 %s", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return c, fault.New(fault.Invalid, "The configuration is damaged.").At(path).
			Todo("Delete the file, then run: spool setup").Because(err)
	}
	return c, nil
}

// store writes the configuration file.
func (s *session) store(c config) error {
	path := s.configFile()
	if path == "" {
		return fault.New(fault.Invalid, "There is no folder for the configuration on this machine.").
			Todo("Set HOME, or SPOOL_API and SPOOL_KEY in the environment in place of a configuration.")
	}
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return writePrivately(path, append(data, '\n'))
}

// configFile is the configuration file, empty where there is no place for one.
func (s *session) configFile() string {
	if s.Config == "" {
		return ""
	}
	return filepath.Join(s.Config, "config.json")
}

// writePrivately replaces a file in one step. Only its owner may read it and look
// into its folder.
func writePrivately(path string, data []byte) (err error) {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(folder, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(folder, ".new-*") // readable by its owner only
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	_, err = file.Write(data)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
