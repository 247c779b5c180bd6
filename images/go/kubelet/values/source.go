package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"strconv"
	"strings"
)

// source is the Go text of a package: comments and constants are not in what reflection sees.
type source struct {
	declarations []*ast.GenDecl
}

// readSource asks the go command where the package is, which is next to the one that go runs.
func readSource(path string) *source {
	folder, err := exec.Command("go", "list", "-f", "{{.Dir}}", path).Output()
	if err != nil {
		panic(err)
	}
	isCode := func(file fs.FileInfo) bool { return !strings.HasSuffix(file.Name(), "_test.go") }
	packages, err := parser.ParseDir(token.NewFileSet(), strings.TrimSpace(string(folder)), isCode, parser.ParseComments)
	if err != nil {
		panic(err)
	}
	read := &source{}
	for _, one := range packages {
		for _, file := range one.Files {
			for _, declared := range file.Decls {
				if general, is := declared.(*ast.GenDecl); is {
					read.declarations = append(read.declarations, general)
				}
			}
		}
	}
	return read
}

// constants are the texts of the constants of a type, and whether the type is marked as having no others.
func (s *source) constants(name string) (words []string, isMarked bool) {
	for _, general := range s.declarations {
		for _, spec := range general.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				isMarked = isMarked || spec.Name.Name == name && strings.Contains(general.Doc.Text()+spec.Doc.Text(), "+enum")
			case *ast.ValueSpec:
				if of, is := spec.Type.(*ast.Ident); is && general.Tok == token.CONST && of.Name == name {
					for _, value := range spec.Values {
						words = append(words, textOf(value))
					}
				}
			}
		}
	}
	return words, isMarked
}

func textOf(value ast.Expr) string {
	text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
	if err != nil {
		panic(err)
	}
	return text
}

// isOptional tells whether the comment of a field says that it can be left out.
func (s *source) isOptional(name, field string) bool {
	for _, general := range s.declarations {
		for _, spec := range general.Specs {
			declared, is := spec.(*ast.TypeSpec)
			if !is || declared.Name.Name != name {
				continue
			}
			for _, one := range declared.Type.(*ast.StructType).Fields.List {
				for _, ident := range one.Names {
					if ident.Name == field {
						return strings.Contains(one.Doc.Text(), "+optional")
					}
				}
			}
		}
	}
	panic(name + "." + field + " is not in the source")
}
